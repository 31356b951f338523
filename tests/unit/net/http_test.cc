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
