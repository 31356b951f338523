// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// TLS streams against OpenSSL's own server, which sends every line back reversed.

#include "net/tls_stream.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

#include "loop/listener.h"
#include "loop/process.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

using namespace gw;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

namespace {

struct Seen final : net::TlsStream::Events {
    void on_secured() override { is_secured = true; }
    void on_data(base::ByteView bytes) override { heard += base::as_text(bytes); }
    void on_closed(const Error& reason) override { closed = reason.message; }
    bool is_secured = false;
    std::string heard;
    std::string closed;
};

struct Fixture {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    test::TempDir directory;
    std::uint16_t port = 0;
    std::unique_ptr<loop::ChildProcess> server;
    bool has_exited = false;
    std::unique_ptr<net::TlsContext> context;
    std::unique_ptr<loop::TcpConnect> connect;
    Seen seen;
    std::unique_ptr<net::TlsStream> stream;

    ~Fixture() {
        stream.reset();
        if (!server) return;
        server->kill(SIGKILL);
        loop->run_until([this] { return has_exited; }, 10s);
    }
    void serve(const std::string& name, int days = 1, const std::string& more = "-rev") {
        tests::make_certificates(directory.path(), name, days);
        port = *loop::local_port(loop::listen_tcp("127.0.0.1", 0)->get());
        auto child = loop::ChildProcess::spawn(
            *loop,
            {.program = "/usr/bin/openssl",
             .args = {"s_server", "-accept", "127.0.0.1:" + std::to_string(port), "-cert",
                      directory.file("server.pem"), "-key", directory.file("server.key"), "-quiet",
                      more},
             .env = {}},
            [this](loop::Exit) { has_exited = true; });
        REQUIRE(child);
        server = std::move(*child);
    }
    // Says when the handshake is done or has failed.
    void connect_as(const std::string& host, const net::TlsOptions& options) {
        auto created = net::TlsContext::create(options);
        REQUIRE(created);
        context = std::move(*created);
        std::optional<Result<base::Fd>> socket;
        for (int tries = 0; tries < 200 && !(socket && *socket); ++tries) {
            socket.reset();
            connect = std::make_unique<loop::TcpConnect>(
                *loop, "127.0.0.1", port, 5s, [&](Result<base::Fd> fd) { socket = std::move(fd); });
            REQUIRE(loop->run_until([&] { return socket.has_value(); }, 10s));
            // Until the server listens.
            if (!*socket) loop->run_until([] { return false; }, 50ms);
        }
        REQUIRE(*socket);
        stream = std::make_unique<net::TlsStream>(*loop, std::move(**socket), *context, host, 10s,
                                                  seen, 1U << 20);
        REQUIRE(loop->run_until([&] { return seen.is_secured || !seen.closed.empty(); }, 20s));
    }
    net::TlsOptions authority() { return {.ca_file = directory.file("ca.pem")}; }
    void check_refused(const std::string& part) {
        CHECK_FALSE(seen.is_secured);
        CHECK_MESSAGE(seen.closed.find(part) != std::string::npos, seen.closed);
    }
};

}  // namespace

TEST_CASE("tls: what is written goes out, what comes back is read") {
    Fixture f;
    f.serve("irc.example");
    f.connect_as("irc.example", f.authority());
    REQUIRE_MESSAGE(f.seen.is_secured, f.seen.closed);
    REQUIRE(f.stream->write(base::as_bytes("hello\n")));
    CHECK(f.loop->run_until([&] { return f.seen.heard == "olleh\n"; }, 10s));

    SUBCASE("nothing comes while paused, and all of it afterwards") {
        f.stream->pause();
        REQUIRE(f.stream->write(base::as_bytes("abc\n")));
        CHECK_FALSE(f.loop->run_until([&] { return f.seen.heard.size() > 6; }, 50ms));
        f.stream->resume();
        CHECK(f.loop->run_until([&] { return f.seen.heard == "olleh\ncba\n"; }, 10s));
    }
    SUBCASE("more than a record holds") {
        f.seen.heard.clear();
        for (int i = 0; i < 8; ++i)
            REQUIRE(f.stream->write(base::as_bytes(std::string(10'000, 'x') + '\n')));
        CHECK(f.loop->run_until([&] { return f.seen.heard.size() == 80'008; }, 20s));
    }
    SUBCASE("more than may wait is refused") {
        const std::string much((1U << 20) + 1, 'x');
        const auto put = f.stream->write(base::as_bytes(much));
        REQUIRE_FALSE(put);
        CHECK(put.error().code == Errc::limit_exceeded);
    }
    SUBCASE("a server that goes away is noticed") {
        f.server->kill(SIGKILL);
        CHECK(f.loop->run_until([&] { return !f.seen.closed.empty(); }, 10s));
    }
}

TEST_CASE("tls: a certificate for another name is refused") {
    Fixture f;
    f.serve("irc.example");
    SUBCASE("a name") {
        f.connect_as("other.example", f.authority());
        f.check_refused("certificate does not match host other.example");
    }
    SUBCASE("an address") {
        f.connect_as("127.0.0.1", f.authority());
        f.check_refused("certificate does not match host 127.0.0.1");
    }
}

TEST_CASE("tls: a certificate that has expired is refused") {
    Fixture f;
    f.serve("irc.example", -1);
    f.connect_as("irc.example", f.authority());
    f.check_refused("has expired");
}

TEST_CASE("tls: an unknown authority is refused, and what to do is said") {
    Fixture f;
    f.serve("irc.example");
    f.connect_as("irc.example", {});
    f.check_refused("tls.caFile");
}

TEST_CASE("tls: a pinned certificate is believed whatever it says, and no other") {
    Fixture f;
    f.serve("irc.example", -1);
    const std::string pin = tests::fingerprint_of(f.directory.path());
    SUBCASE("the pinned one") {
        f.connect_as("anything.example", {.fingerprint = pin});
        CHECK_MESSAGE(f.seen.is_secured, f.seen.closed);
    }
    SUBCASE("another") {
        f.connect_as("anything.example", {.fingerprint = std::string(64, 'a')});
        f.check_refused(*net::read_fingerprint(pin));
    }
}

TEST_CASE("tls: old protocols are refused") {
    Fixture f;
    f.serve("irc.example", 1, "-tls1_1");
    f.connect_as("irc.example", f.authority());
    f.check_refused("TLS");
}

TEST_CASE("tls: a server that says nothing is not waited for") {
    Fixture f;
    auto pair = loop::open_stream_pair();
    REQUIRE(pair);
    f.context = *net::TlsContext::create({});
    f.stream = std::make_unique<net::TlsStream>(*f.loop, std::move(pair->ours), *f.context,
                                                "irc.example", 20ms, f.seen, 1U << 20);
    const auto put = f.stream->write(base::as_bytes("too early"));
    REQUIRE_FALSE(put);
    CHECK(put.error().code == Errc::unavailable);
    REQUIRE(f.loop->run_until([&] { return !f.seen.closed.empty(); }, 10s));
    f.check_refused("no TLS handshake in time");
}

TEST_CASE("tls: what answers is no TLS server") {
    Fixture f;
    auto pair = loop::open_stream_pair();
    REQUIRE(pair);
    const std::string greeting = ":irc.example NOTICE * :Looking up your hostname\r\n";
    REQUIRE(::write(pair->theirs.get(), greeting.data(), greeting.size()) > 0);
    f.context = *net::TlsContext::create({});
    f.stream = std::make_unique<net::TlsStream>(*f.loop, std::move(pair->ours), *f.context,
                                                "irc.example", 10s, f.seen, 1U << 20);
    REQUIRE(f.loop->run_until([&] { return !f.seen.closed.empty(); }, 10s));
    f.check_refused("TLS with irc.example failed");
}

TEST_CASE("tls: files that cannot be used are named") {
    CHECK(net::TlsContext::create({.ca_file = "/nowhere"})
              .error()
              .message.starts_with("caFile /nowhere cannot be used"));
    CHECK(net::TlsContext::create({.certificate_file = "/nowhere"})
              .error()
              .message.starts_with("certFile /nowhere cannot be used"));
    CHECK_FALSE(net::read_fingerprint("AA:BB"));
    CHECK_FALSE(net::read_fingerprint(std::string(64, 'g')));
    CHECK_FALSE(net::read_fingerprint(""));
    CHECK(*net::read_fingerprint(std::string(64, 'A')) == std::string(64, 'a'));
}
