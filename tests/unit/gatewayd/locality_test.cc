// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/auth/locality.h"

#include <doctest/doctest.h>

#include <vector>

using namespace gw;

namespace {

bool is_local(const std::string& address, std::vector<net::HttpHeader> headers) {
    net::HttpRequest request;
    request.peer.address = address;
    request.headers = std::move(headers);
    return auth::is_local(request);
}

}  // namespace

TEST_CASE("locality: loopback peer, loopback host, no proxy") {
    CHECK(is_local("127.0.0.1", {{"host", "localhost:18789"}}));
    CHECK(is_local("127.0.0.1", {{"host", "LOCALHOST"}}));
    CHECK(is_local("::1", {{"host", "[::1]:1"}}));
    CHECK(is_local("127.0.0.1", {{"host", "127.0.0.1:18789"}}));

    CHECK_FALSE(is_local("192.0.2.1", {{"host", "localhost"}}));
    CHECK_FALSE(is_local("127.0.0.1", {{"host", "gw.example.com"}}));
    CHECK_FALSE(is_local("127.0.0.1", {{"host", "foo.ts.net"}}));
    CHECK_FALSE(is_local("127.0.0.1", {{"host", "127.0.0.2"}}));
    CHECK_FALSE(is_local("127.0.0.1", {}));
    for (const char* header : {"x-forwarded-for", "x-real-ip", "x-forwarded-host", "forwarded"}) {
        CHECK_FALSE(is_local("127.0.0.1", {{"host", "localhost"}, {header, "127.0.0.1"}}));
    }
}

TEST_CASE("locality: the control socket is local whatever the headers say") {
    net::HttpRequest request;
    request.peer.via = net::Peer::Via::control;
    request.headers = {{"x-forwarded-for", "192.0.2.1"}};
    CHECK(auth::is_local(request));
}

TEST_CASE("locality: host names lose port, brackets and case") {
    CHECK(auth::host_name("Example.COM:80") == "example.com");
    CHECK(auth::host_name("[::1]:80") == "::1");
    CHECK(auth::host_name("::1") == "::1");
    CHECK(auth::host_name("[::1") == "::1");
    CHECK(auth::host_name("") == "");
}

TEST_CASE("locality: origins are the gateway's own or configured, nothing else") {
    const std::vector<std::string> allowed = {"https://ui.example.org"};
    const auth::OriginRules rules{18789, "127.0.0.1", &allowed};
    CHECK(auth::is_origin_allowed(std::nullopt, rules));
    CHECK(auth::is_origin_allowed("http://127.0.0.1:18789", rules));
    CHECK(auth::is_origin_allowed("http://LOCALHOST:18789", rules));
    CHECK(auth::is_origin_allowed("http://[::1]:18789", rules));
    CHECK(auth::is_origin_allowed("https://ui.example.org", rules));
    CHECK_FALSE(auth::is_origin_allowed("http://localhost:18793", rules));
    CHECK_FALSE(auth::is_origin_allowed("http://localhost", rules));
    CHECK_FALSE(auth::is_origin_allowed("null", rules));
    CHECK_FALSE(auth::is_origin_allowed("https://evil.example.org", rules));
}
