// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/webhook_reply.h"

#include <algorithm>

#include "ipc/limits.h"

namespace gw::channels {

namespace {

constexpr int kMaxHeaders = 32;
constexpr std::size_t kMaxHeaderBytes = 8 * 1024;

// Said by the server itself, or about the connection, or to the browser about the whole origin.
constexpr std::string_view kLeftOut[] = {
    "cache-control",
    "clear-site-data",
    "connection",
    "content-length",
    "content-security-policy",
    "content-security-policy-report-only",
    "keep-alive",
    "link",
    "proxy-authenticate",
    "proxy-connection",
    "referrer-policy",
    "refresh",
    "service-worker-allowed",
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-content-type-options",
};

bool is_left_out(std::string_view name) {
    return name.starts_with("access-control-") ||
           std::binary_search(std::begin(kLeftOut), std::end(kLeftOut), name);
}

bool is_name(std::string_view text) {
    return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") ==
                                std::string_view::npos;
}

bool is_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
    });
}

}  // namespace

Result<net::HttpAnswer> to_answer(const proto::HttpReply& reply) {
    if (reply.status() < 200 || reply.status() > 599) {
        return fail(Errc::invalid_input, "an HttpReply with a status out of 200 to 599");
    }
    if (reply.body().size() > ipc::kMaxHttpReplyBytes || reply.headers_size() > kMaxHeaders) {
        return fail(Errc::invalid_input, "an HttpReply that is too large");
    }
    net::HttpAnswer answer;
    answer.status = static_cast<int>(reply.status());
    answer.content_type = "text/plain; charset=utf-8";
    answer.body = reply.body();
    for (const proto::HttpHeader& header : reply.headers()) {
        const bool fits = header.name().size() + header.value().size() <= kMaxHeaderBytes;
        if (!fits || !is_name(header.name()) || !is_value(header.value())) {
            return fail(Errc::invalid_input, "an HttpReply with a malformed header");
        }
        if (is_left_out(header.name())) continue;
        if (header.name() == "content-type") {
            answer.content_type = header.value();
        } else {
            answer.headers.push_back({header.name(), header.value()});
        }
    }
    answer.headers.push_back({"content-security-policy", "sandbox; default-src 'none'"});
    return answer;
}

}  // namespace gw::channels
