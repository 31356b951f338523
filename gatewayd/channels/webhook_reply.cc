// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/webhook_reply.h"

#include <algorithm>

#include "ipc/limits.h"

namespace gw::channels {

namespace {

constexpr int kMaxHeaders = 32;
constexpr std::size_t kMaxHeaderBytes = 8 * 1024;

// Said about this answer only. The others speak of the connection, or to a browser of the whole
// origin, or to a proxy before us.
constexpr std::string_view kPassed[] = {
    "allow", "content-disposition", "content-encoding", "content-language", "content-type",
    "etag",  "last-modified",       "location",         "retry-after",      "vary",
};
constexpr std::string_view kNotPassed[] = {"x-content-type-options", "x-sendfile"};

bool is_passed(std::string_view name) {
    const auto is_in = [name](const auto& list) {
        return std::find(std::begin(list), std::end(list), name) != std::end(list);
    };
    const bool is_private = name.starts_with("x-") && !name.starts_with("x-accel-");
    return is_in(kPassed) || (is_private && !is_in(kNotPassed));
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
        if (!is_passed(header.name())) continue;
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
