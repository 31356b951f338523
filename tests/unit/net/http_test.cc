// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "tests/unit/net/served.h"

using namespace gw;
using test::Served;

TEST_CASE("http: a request is answered with status, type, length and body") {
    Served served;
    served.answer = {.status = 503, .content_type = "text/plain", .body = "not yet"};
    const auto fd = served.connect_raw();
    served.write_raw(
        fd, "GET /readyz?verbose=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\n\r\n");
    const std::string got = served.read_raw(fd, "not yet");
    CHECK(got.starts_with("HTTP/1.1 503"));
    CHECK(got.find("text/plain") != std::string::npos);
    CHECK(served.last_path == "/readyz");
    CHECK(served.last_query == "verbose=1");
    CHECK(served.last_header == "Bearer t");
}

TEST_CASE("http: every header that the gateway judges by is found, however it is spelled") {
    Served served;
    for (const char* name : {"Host", "origin", "AUTHORIZATION", "User-Agent", "x-forwarded-for",
                             "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"}) {
        CAPTURE(name);
        served.wanted_header.clear();
        for (const char* c = name; *c != '\0'; ++c)
            served.wanted_header += static_cast<char>(*c | 0x20);
        const auto fd = served.connect_raw();
        served.write_raw(fd, "GET / HTTP/1.1\r\n" + std::string(name) + ": value\r\n\r\n");
        served.read_raw(fd, "{}");
        CHECK(served.last_header == "value");
    }
}

TEST_CASE("http: two requests on one connection get two answers") {
    Served served;
    const auto fd = served.connect_raw();
    served.write_raw(fd, "GET /one HTTP/1.1\r\nHost: a\r\n\r\n");
    served.read_raw(fd, "{}");
    CHECK(served.last_path == "/one");
    served.write_raw(fd, "GET /two HTTP/1.1\r\nHost: a\r\n\r\n");
    served.read_raw(fd, "{}");
    CHECK(served.last_path == "/two");
}

TEST_CASE("http: a refused upgrade is an ordinary answer, and no socket was opened") {
    Served served;
    served.refuses = true;
    const auto fd = served.connect_raw();
    served.write_raw(fd,
                     "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    CHECK(served.read_raw(fd, "no").starts_with("HTTP/1.1 403"));
    CHECK(served.record->opened == 0);
}

TEST_CASE("http: nonsense ends the connection and nothing else") {
    Served served;
    for (const std::string& bytes : std::vector<std::string>{
             "\x16\x03\x01\x02\x01", "GET\r\n\r\n", std::string(70'000, 'A'), "\r\n\r\n\r\n"}) {
        CAPTURE(bytes.substr(0, 10));
        const auto fd = served.connect_raw();
        served.write_raw(fd, bytes);
        ::shutdown(fd.get(), SHUT_WR);
        served.read_raw(fd);
    }
    const auto fd = served.connect_raw();
    served.write_raw(fd, "GET /still HTTP/1.1\r\nHost: a\r\n\r\n");
    served.read_raw(fd, "{}");
    CHECK(served.last_path == "/still");
}

TEST_CASE("http: a body reaches its owner whole, and the connection goes on") {
    Served served;
    served.takes_bodies = true;
    const auto fd = served.connect_raw();
    served.write_raw(fd, "POST /in?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nab");
    REQUIRE(served.wait([&] { return served.owners == 1; }));
    served.write_raw(fd, "cdef");
    CHECK(served.read_raw(fd, "{}").starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(served.last_body == "abcdef");
    CHECK(served.last_query == "a=b");
    served.write_raw(fd,
                     "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "4\r\nwiki\r\n0\r\n\r\n");
    CHECK(served.read_raw(fd, "{}").find("Connection") == std::string::npos);
    CHECK(served.last_body == "wiki");
    CHECK(served.wait([&] { return served.owners == 0; }));
}

TEST_CASE("http: an answer may come later, and requests behind it wait") {
    Served served;
    served.takes_bodies = true;
    served.answers_later = true;
    const auto fd = served.connect_raw();
    served.write_raw(fd,
                     "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
                     "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    REQUIRE(served.wait([&] { return served.exchange != nullptr; }));
    CHECK(served.requests == 1);
    served.takes_bodies = false;
    served.exchange->answer({.status = 202, .body = "first", .headers = {{"X-Y", "z"}}});
    served.exchange->answer({.status = 500});
    const std::string got = served.read_raw(fd, "{}");
    CHECK(got.starts_with("HTTP/1.1 202"));
    CHECK(got.find("\r\nX-Y: z\r\n") != std::string::npos);
    CHECK(got.find("HTTP/1.1 500") == std::string::npos);
    CHECK(served.last_path == "/2");
}

TEST_CASE("http: an owner learns that its client has gone") {
    Served served;
    served.takes_bodies = true;
    served.answers_later = true;
    auto fd = served.connect_raw();
    served.write_raw(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    REQUIRE(served.wait([&] { return served.exchange != nullptr; }));
    fd.reset();
    CHECK(served.wait([&] { return served.owners == 0 && served.server->connections() == 0; }));
}

TEST_CASE("http: a body that is too large is refused with or without a length") {
    Served served;
    served.takes_bodies = true;
    served.max_body = 10;
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
    const std::string sized = served.ask(head + "Content-Length: 11\r\n\r\n", "too large");
    CHECK(sized.starts_with("HTTP/1.1 413"));
    CHECK(sized.find("Connection: close") != std::string::npos);
    CHECK(served.ask(head + "\r\n", "required").starts_with("HTTP/1.1 411"));
    CHECK(served.ask(head + "Transfer-Encoding: chunked\r\n\r\nb\r\n", "too large")
              .starts_with("HTTP/1.1 413"));
    CHECK(served.wait([&] { return served.owners == 0; }));
}

TEST_CASE("http: a body that nobody takes ends the connection behind the answer") {
    Served served;
    const auto fd = served.connect_raw();
    served.write_raw(fd,
                     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n"
                     "GET /smuggled HTTP/1.1\r\n\r\n");
    const std::string got = served.read_raw(fd);
    CHECK(got.starts_with("HTTP/1.1 200"));
    CHECK(got.find("Connection: close") != std::string::npos);
    CHECK(served.requests == 1);
}

TEST_CASE("http: a client that waits for 100 Continue gets it when its body is wanted") {
    Served served;
    served.takes_bodies = true;
    const auto fd = served.connect_raw();
    served.write_raw(fd,
                     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                     "Expect: 100-continue\r\n\r\n");
    CHECK(served.read_raw(fd, "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    served.write_raw(fd, "ok");
    CHECK(served.read_raw(fd, "{}").starts_with("HTTP/1.1 200"));
}

TEST_CASE("http: HEAD is answered with the length and without the body") {
    Served served;
    const std::string got = served.ask("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(got.find("Content-Length: 2\r\n") != std::string::npos);
    CHECK(got.ends_with("\r\n\r\n"));
}

TEST_CASE("http: many requests in one piece are all answered") {
    constexpr int kRequests = 3000;  // more bytes than one read takes
    Served served;
    const auto fd = served.connect_raw();
    std::string bytes;
    for (int i = 0; i < kRequests; ++i)
        bytes += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    served.write_raw(fd, bytes);
    CHECK(served.wait([&] { return served.requests == kRequests; }));
}

TEST_CASE("http: an upgrade that Connection does not vouch for is refused") {
    Served served;
    const std::string got = served.ask(
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    CHECK(got.starts_with("HTTP/1.1 400"));
    CHECK(served.record->opened == 0);
}

TEST_CASE("http: what a client offers as subprotocol brings no header of its own") {
    Served served;
    const auto fd = served.connect_raw();
    served.write_raw(fd,
                     "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a\rX-Evil:b\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    CHECK(served.read_raw(fd).starts_with("HTTP/1.1 400"));
    CHECK(served.record->opened == 0);
}

TEST_CASE("http: frames sent together with the upgrade are not lost") {
    Served served;
    const auto fd = served.connect_raw();
    served.write_raw(fd,
                     "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
                         Served::frame(0x81, "early"));
    CHECK(served.wait([&] { return served.record->messages.size() == 1; }));
    CHECK(served.record->messages.at(0) == "early");
}
