// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/lws_request.h"

#include <libwebsockets.h>

#include "base/bytes.h"

namespace gw::net {

namespace {

struct MethodToken {
    lws_token_indexes token;
    std::string_view name;
};

constexpr MethodToken kMethods[] = {
    {WSI_TOKEN_GET_URI, "GET"},         {WSI_TOKEN_HEAD_URI, "HEAD"},
    {WSI_TOKEN_POST_URI, "POST"},       {WSI_TOKEN_PUT_URI, "PUT"},
    {WSI_TOKEN_PATCH_URI, "PATCH"},     {WSI_TOKEN_DELETE_URI, "DELETE"},
    {WSI_TOKEN_OPTIONS_URI, "OPTIONS"},
};

struct HeaderToken {
    std::string_view name;
    lws_token_indexes token;
};

// Headers that the library knows are not found by their names; those missing here, it does not
// know.
constexpr HeaderToken kHeaders[] = {
    {"host", WSI_TOKEN_HOST},
    {"origin", WSI_TOKEN_ORIGIN},
    {"authorization", WSI_TOKEN_HTTP_AUTHORIZATION},
    {"user-agent", WSI_TOKEN_HTTP_USER_AGENT},
    {"x-forwarded-for", WSI_TOKEN_X_FORWARDED_FOR},
    {"x-real-ip", WSI_TOKEN_HTTP_X_REAL_IP},
    {"connection", WSI_TOKEN_CONNECTION},
    {"content-length", WSI_TOKEN_HTTP_CONTENT_LENGTH},
    {"transfer-encoding", WSI_TOKEN_HTTP_TRANSFER_ENCODING},
    {"sec-websocket-version", WSI_TOKEN_VERSION},
    {"sec-websocket-key", WSI_TOKEN_KEY},
    {"sec-websocket-protocol", WSI_TOKEN_PROTOCOL},
};

std::optional<std::string> find_token(lws* wsi, lws_token_indexes token) {
    const int length = lws_hdr_total_length(wsi, token);
    if (length <= 0) return std::nullopt;
    std::string text(static_cast<std::size_t>(length) + 1, '\0');
    const int copied = lws_hdr_copy(wsi, text.data(), length + 1, token);
    if (copied < 0) return std::nullopt;
    text.resize(static_cast<std::size_t>(copied));
    return text;
}

std::string_view phrase_of(int status) {
    switch (status) {
        case 200: return "OK";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 426: return "Upgrade Required";
        case 503: return "Service Unavailable";
        default: return "Status";
    }
}

}  // namespace

LwsRequest::LwsRequest(lws* wsi, const Peer& peer) : wsi_(wsi), peer_(peer) {
    for (const MethodToken& method : kMethods) {
        auto path = find_token(wsi, method.token);
        if (!path) continue;
        method_ = method.name;
        path_ = std::move(*path);
        break;
    }
}

std::optional<std::string> LwsRequest::find_header(std::string_view name) const {
    for (const HeaderToken& header : kHeaders) {
        if (header.name == name) return find_token(wsi_, header.token);
    }
    const std::string custom = std::string(name) + ':';
    const int name_length = static_cast<int>(custom.size());
    const int length = lws_hdr_custom_length(wsi_, custom.c_str(), name_length);
    if (length < 0) return std::nullopt;
    std::string text(static_cast<std::size_t>(length) + 1, '\0');
    if (lws_hdr_custom_copy(wsi_, text.data(), length + 1, custom.c_str(), name_length) < 0) {
        return std::nullopt;
    }
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<HttpAnswer> LwsRequest::find_upgrade_problem() const {
    const auto refuse = [](int status, std::string_view why) {
        return HttpAnswer{status, "text/plain; charset=utf-8", std::string(why), {}};
    };
    if (method_ != "GET") return refuse(405, "WebSocket upgrades are GET requests");
    const auto version = find_header("sec-websocket-version");
    if (!version || *version != "13") return refuse(426, "Sec-WebSocket-Version must be 13");
    const auto key = find_header("sec-websocket-key");
    const auto bytes = key ? base::find_base64(*key) : std::nullopt;
    if (!bytes || bytes->size() != 16) return refuse(400, "Sec-WebSocket-Key must be 16 bytes");
    return std::nullopt;
}

bool LwsRequest::may_keep_alive() const {
    if (method_ != "GET" && method_ != "HEAD") return false;
    if (find_header("transfer-encoding")) return false;
    const auto length = find_header("content-length");
    return !length || *length == "0";
}

void LwsRequest::write(const HttpAnswer& answer, Then then) const {
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + ' ';
    text.append(phrase_of(answer.status)).append("\r\n");
    const auto header = [&text](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\r\n");
    };
    header("Content-Type", answer.content_type);
    header("Content-Length", std::to_string(answer.body.size()));
    header("Cache-Control", "no-store");
    header("X-Content-Type-Options", "nosniff");
    header("Referrer-Policy", "no-referrer");
    if (!answer.allow.empty()) header("Allow", answer.allow);
    if (answer.status == 426) header("Sec-WebSocket-Version", "13");
    if (then == Then::close) header("Connection", "close");
    text += "\r\n";
    if (method_ != "HEAD") text += answer.body;
    lws_write(wsi_, reinterpret_cast<unsigned char*>(text.data()), text.size(), LWS_WRITE_HTTP);
}

std::optional<std::string> LwsRequest::find_offered_subprotocol() const {
    auto offered = find_header("sec-websocket-protocol");
    if (!offered) return std::nullopt;
    const std::size_t end = offered->find_first_of(", ");
    if (end != std::string::npos) offered->resize(end);
    return offered;
}

}  // namespace gw::net
