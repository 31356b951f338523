// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/http_answer.h"

namespace gw::net {

namespace {

std::string_view phrase_of(int status) {
    switch (status) {
        case 200: return "OK";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 411: return "Length Required";
        case 413: return "Content Too Large";
        case 417: return "Expectation Failed";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "Status";
    }
}

}  // namespace

std::string to_text(const HttpAnswer& answer, bool is_head_request, bool keeps_alive) {
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + ' ';
    text.append(phrase_of(answer.status)).append("\r\n");
    const auto header = [&text](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\r\n");
    };
    // Neither may have a body, and RFC 9110 §8.6 forbids to announce one.
    const bool has_no_body = answer.status == 204 || answer.status == 304;
    if (!has_no_body) {
        header("Content-Type", answer.content_type);
        header("Content-Length", std::to_string(answer.body.size()));
    }
    header("Cache-Control", "no-store");
    header("X-Content-Type-Options", "nosniff");
    header("Referrer-Policy", "no-referrer");
    for (const HttpHeader& one : answer.headers)
        header(one.name, one.value);
    if (!keeps_alive) header("Connection", "close");
    text += "\r\n";
    if (!is_head_request && !has_no_body) text += answer.body;
    return text;
}

}  // namespace gw::net
