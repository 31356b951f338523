// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/http_reader.h"

#include <doctest/doctest.h>

using namespace gw::net;

namespace {

HttpHead head_of(std::string_view bytes) {
    const auto parsed = parse_head(bytes);
    REQUIRE(parsed);
    REQUIRE(*parsed);
    return **parsed;
}

int refusal_of(std::string_view bytes) {
    const auto parsed = parse_head(bytes);
    return parsed ? 0 : parsed.error().status;
}

// A head with these lines behind its request line and Host.
std::string post(std::string_view lines) {
    return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

// The status with which a chunked body is refused, fed in pieces of that size; 0: it is complete.
int feed(std::string_view bytes, std::size_t step, std::string& body, std::size_t& used) {
    HttpBody reader(head_of(post("Transfer-Encoding: chunked\r\n")), 16);
    used = 0;
    while (used < bytes.size() && !reader.is_complete()) {
        const auto taken = reader.feed(bytes.substr(used, step));
        if (!taken) return taken.error().status;
        used += *taken;
    }
    if (!reader.is_complete()) return -1;
    body = reader.take();
    return 0;
}

}  // namespace

TEST_CASE("http reader: a head is taken apart and nothing in it is decoded") {
    const std::string bytes =
        "GET /a%2Fb/../c?x=%20&y?z HTTP/1.1\r\nHost: gw\r\nX-Sig:\t a, B \r\nEmpty:\r\n\r\nrest";
    const HttpHead head = head_of(bytes);
    CHECK(head.request.method == "GET");
    CHECK(head.request.path == "/a%2Fb/../c");
    CHECK(head.request.query == "x=%20&y?z");
    CHECK(head.request.headers ==
          std::vector<HttpHeader>{{"host", "gw"}, {"x-sig", "a, B"}, {"empty", ""}});
    CHECK(head.size == bytes.size() - 4);
    CHECK(head.may_keep_alive);
    CHECK(head.framing == HttpFraming::none);
}

TEST_CASE("http reader: a head is incomplete until its last byte") {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto parsed = parse_head(std::string_view(bytes).substr(0, size));
        REQUIRE(parsed);
        CHECK_FALSE(*parsed);
    }
    CHECK(head_of(bytes).request.path == "/");
}

TEST_CASE("http reader: what two servers could read in two ways is refused") {
    for (const std::string_view bytes : {
             "GET /\r\n\r\n",
             "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
             "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET / HTTP/1.1\nHost: a\r\n\r\n",
             "GET / HTTP/1.1\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
             "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n",
             "\r\n\r\n",
         }) {
        CAPTURE(bytes);
        CHECK(refusal_of(bytes) == 400);
    }
    CHECK(refusal_of(post("Content-Length: 1\r\nContent-Length: 1\r\n")) == 400);
    CHECK(refusal_of(post("Content-Length: +1\r\n")) == 400);
    CHECK(refusal_of(post("Content-Length: 1, 1\r\n")) == 400);
    CHECK(refusal_of(post("Content-Length: 99999999999999999999\r\n")) == 400);
    CHECK(refusal_of(post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(refusal_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("http reader: what is well-formed and not for us is said to be so") {
    CHECK(refusal_of(post("Transfer-Encoding: gzip, chunked\r\n")) == 501);
    CHECK(refusal_of(post("Content-Length: 1\r\nExpect: magic\r\n")) == 417);
    CHECK(refusal_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
    std::string many;
    for (std::size_t i = 1; i <= kMaxHeaders; ++i)
        many += "X: y\r\n";
    CHECK(refusal_of(post("Content-Length: 0\r\n" + many)) == 431);
    CHECK(refusal_of(std::string(kMaxHeadBytes, 'A')) == 431);
}

TEST_CASE("http reader: how a body is framed and whether the connection may stay") {
    const HttpHead sized = head_of(post("Content-Length: 7\r\nExpect: 100-Continue\r\n"));
    CHECK(sized.framing == HttpFraming::length);
    CHECK(sized.body_size == 7);
    CHECK(sized.wants_continue);
    CHECK(head_of(post("Content-Length: 0\r\n")).framing == HttpFraming::none);
    CHECK(head_of(post("Transfer-Encoding: Chunked\r\n")).framing == HttpFraming::chunked);
    CHECK(head_of(post("")).lacks_length);
    CHECK_FALSE(sized.lacks_length);
    CHECK_FALSE(head_of("GET / HTTP/1.0\r\n\r\n").may_keep_alive);
    CHECK_FALSE(
        head_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").may_keep_alive);
}

TEST_CASE("http reader: a body of known length ends where it says") {
    HttpBody body(head_of(post("Content-Length: 5\r\n")), 5);
    CHECK(body.feed("ab") == 2);
    CHECK_FALSE(body.is_complete());
    CHECK(body.feed("cdeGET /") == 3);
    CHECK(body.is_complete());
    CHECK(body.take() == "abcde");
}

TEST_CASE("http reader: chunks are put together, however they are cut") {
    const std::string_view bytes = "3;name=v\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX: y\r\n\r\nnext";
    for (const std::size_t step : {std::size_t(1), std::size_t(4), bytes.size()}) {
        std::string body;
        std::size_t used = 0;
        CHECK(feed(bytes, step, body, used) == 0);
        CHECK(body == "abc0123456789");
        CHECK(bytes.substr(used) == "next");
    }
}

TEST_CASE("http reader: lines between chunks are read as strictly as the head") {
    std::string body;
    std::size_t used = 0;
    for (const std::string_view bytes :
         {" 3\r\n", "3 3\r\n", "3;a\rb\r\n", "3;a\x01\r\n", "0\r\nX: a\rb\r\n", "0\r\nno colon\r\n",
          "0\r\n folded\r\n", "0\n\n", "0\r\n\n", "0x3\r\n"}) {
        CAPTURE(bytes);
        CHECK(feed(bytes, bytes.size(), body, used) == 400);
    }
    CHECK(feed("3 ;a\r\nabc\r\n0\r\n\r\n", 64, body, used) == 0);
    CHECK(body == "abc");
}

TEST_CASE("http reader: an upgrade needs HTTP/1.1 and a Connection header that names it") {
    const std::string lines = "Host: a\r\nUpgrade: websocket\r\n";
    CHECK_FALSE(head_of("GET / HTTP/1.1\r\n" + lines + "\r\n").may_upgrade);
    CHECK_FALSE(head_of("GET / HTTP/1.0\r\n" + lines + "Connection: Upgrade\r\n\r\n").may_upgrade);
    CHECK(head_of("GET / HTTP/1.1\r\n" + lines + "Connection: keep-alive, upgrade\r\n\r\n")
              .may_upgrade);
}

TEST_CASE("http reader: a chunk that is malformed or too much is refused") {
    std::string body;
    std::size_t used = 0;
    for (const std::string_view bytes : {"\r\n", "x\r\n", "-1\r\n", "3\nabc", "3\r\nabcd\r\n",
                                         "3\r\nabc0\r\n", "fffffffffffffffff\r\n"}) {
        CAPTURE(bytes);
        CHECK(feed(bytes, bytes.size(), body, used) == 400);
    }
    CHECK(feed("11\r\n", 4, body, used) == 413);
    CHECK(feed("8\r\n01234567\r\n9\r\n", 64, body, used) == 413);
    CHECK(feed("1;" + std::string(300, 'x'), 64, body, used) == 400);
    std::string trailers = "0\r\n";
    for (std::size_t i = 0; i < kMaxHeadBytes / 100; ++i)
        trailers += "X: " + std::string(100, 'y') + "\r\n";
    CHECK(feed(trailers, 512, body, used) == 431);
}
