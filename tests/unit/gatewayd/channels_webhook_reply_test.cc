// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/webhook_reply.h"

#include <doctest/doctest.h>

#include "ipc/limits.h"

using namespace gw;
using channels::to_answer;

namespace {

proto::HttpReply reply(std::uint32_t status,
                       const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    proto::HttpReply made;
    made.set_status(status);
    made.set_body("b");
    for (const auto& [name, value] : headers) {
        made.add_headers()->set_name(name);
        made.mutable_headers(made.headers_size() - 1)->set_value(value);
    }
    return made;
}

const net::HttpHeader kSandbox{"content-security-policy", "sandbox; default-src 'none'"};

}  // namespace

TEST_CASE("webhook reply: status, type, body and harmless headers pass") {
    const auto answer =
        to_answer(reply(201, {{"content-type", "application/json"}, {"x-a", "b\tc"}}));
    REQUIRE(answer);
    CHECK(answer->status == 201);
    CHECK(answer->content_type == "application/json");
    CHECK(answer->body == "b");
    CHECK(answer->headers == std::vector<net::HttpHeader>{{"x-a", "b\tc"}, kSandbox});
    CHECK(to_answer(reply(200))->content_type == "text/plain; charset=utf-8");
}

TEST_CASE("webhook reply: what concerns the connection or the origin is left out") {
    for (const std::string name :
         {"connection", "transfer-encoding", "content-length", "set-cookie", "keep-alive",
          "upgrade", "access-control-allow-origin", "clear-site-data", "refresh",
          "service-worker-allowed", "content-security-policy", "strict-transport-security", "te",
          "trailer", "alt-svc", "www-authenticate", "report-to", "x-accel-redirect",
          "x-content-type-options"}) {
        CAPTURE(name);
        const auto answer = to_answer(reply(200, {{name, "x"}}));
        REQUIRE(answer);
        CHECK(answer->headers == std::vector<net::HttpHeader>{kSandbox});
    }
}

TEST_CASE("webhook reply: what the contract forbids is refused") {
    for (const std::uint32_t status : {0U, 100U, 199U, 600U, 70'000U})
        CHECK_FALSE(to_answer(reply(status)));
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"", "x"},
                                                          {"X-A", "b"},
                                                          {"a b", "c"},
                                                          {"a", "b\r\nset-cookie: c"},
                                                          {"a:", "b"},
                                                          {"a", std::string("b\0c", 3)},
                                                          {"a", std::string(9000, 'x')}}) {
        CAPTURE(name);
        CHECK_FALSE(to_answer(reply(200, {{name, value}})));
    }
    CHECK_FALSE(to_answer(reply(200, std::vector<std::pair<std::string, std::string>>(
                                         33, std::pair<std::string, std::string>{"a", "b"}))));
    auto large = reply(200);
    large.set_body(std::string(ipc::kMaxHttpReplyBytes + 1, 'x'));
    CHECK_FALSE(to_answer(large));
}
