// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "loop/stream.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "loop/listener.h"
#include "tests/support/temp_dir.h"

using namespace gw;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds kDeadline{10};

struct Seen final : loop::Stream::Events {
    void on_data(base::ByteView bytes) override {
        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    void on_closed(const Error& reason) override {
        ++closed;
        code = reason.code;
    }
    void on_drained() override { ++drained; }

    std::string text;
    int closed = 0;
    int drained = 0;
    Errc code{};
};

struct Pair {
    base::Fd ours;
    base::Fd theirs;

    Pair() {
        int fds[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        ours = base::Fd(fds[0]);
        theirs = base::Fd(fds[1]);
    }
};

}  // namespace

TEST_CASE("stream: bytes arrive, and the end once") {
    auto loop = *loop::Loop::create();
    Pair pair;
    Seen seen;
    loop::Stream stream(*loop, std::move(pair.ours), seen, 1024);
    REQUIRE(::write(pair.theirs.get(), "hello", 5) == 5);
    REQUIRE(loop->run_until([&] { return seen.text == "hello"; }, kDeadline));
    pair.theirs = {};
    REQUIRE(loop->run_until([&] { return seen.closed == 1; }, kDeadline));
    CHECK(seen.code == Errc::closed);
    const auto late = stream.write(base::as_bytes("x"));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == Errc::closed);
}

TEST_CASE("stream: what its peer wrote before it died is read to the end") {
    auto loop = *loop::Loop::create();
    Pair pair;
    Seen seen;
    const std::string much(150'000, 'x');
    loop::Stream stream(*loop, std::move(pair.ours), seen, 1024);
    REQUIRE(::write(pair.theirs.get(), much.data(), much.size()) ==
            static_cast<ssize_t>(much.size()));
    pair.theirs = {};
    REQUIRE(loop->run_until([&] { return seen.closed == 1; }, kDeadline));
    CHECK(seen.text == much);
}

TEST_CASE("stream: that is also so when the peer died with bytes of ours unread") {
    auto loop = *loop::Loop::create();
    Pair pair;
    Seen seen;
    const std::string much(150'000, 'x');
    loop::Stream stream(*loop, std::move(pair.ours), seen, 1024);
    REQUIRE(stream.write(base::as_bytes("never read")));
    REQUIRE(::write(pair.theirs.get(), much.data(), much.size()) ==
            static_cast<ssize_t>(much.size()));
    SUBCASE("at once") {
        pair.theirs = {};
    }
    SUBCASE("while nothing is read") {
        stream.pause();
        pair.theirs = {};
        CHECK_FALSE(loop->run_until([&] { return seen.closed != 0; }, 30ms));
        CHECK(seen.text.empty());
        stream.resume();
    }
    REQUIRE(loop->run_until([&] { return seen.closed != 0; }, kDeadline));
    CHECK(seen.text.size() == much.size());
    CHECK(seen.closed == 1);
    CHECK(seen.code == Errc::closed);
}

TEST_CASE("stream: the queue is bounded, refuses whole writes, and says when there is room") {
    auto loop = *loop::Loop::create();
    Pair pair;
    Seen seen;
    constexpr std::size_t kBound = 1 << 20;
    loop::Stream stream(*loop, std::move(pair.ours), seen, kBound);
    const std::string piece(64 * 1024, 'y');
    std::size_t accepted = 0;
    Result<void> wrote;
    while ((wrote = stream.write(base::as_bytes(piece)))) {
        accepted += piece.size();
        REQUIRE(accepted < 64 * kBound);
    }
    CHECK(wrote.error().code == Errc::limit_exceeded);
    CHECK(stream.queued() <= kBound);
    CHECK(seen.drained == 0);

    std::size_t received = 0;
    const auto drain = [&] {
        std::string buffer(256 * 1024, '\0');
        const ssize_t got = ::recv(pair.theirs.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got > 0) received += static_cast<std::size_t>(got);
        return received == accepted;
    };
    REQUIRE(loop->run_until(drain, kDeadline));
    REQUIRE(loop->run_until([&] { return seen.drained == 1; }, kDeadline));
    CHECK(stream.queued() == 0);
}

TEST_CASE("stream: a paused one leaves its peer's bytes where they are") {
    auto loop = *loop::Loop::create();
    Pair pair;
    Seen seen;
    loop::Stream stream(*loop, std::move(pair.ours), seen, 1024);
    stream.pause();
    REQUIRE(::write(pair.theirs.get(), "later", 5) == 5);
    CHECK_FALSE(loop->run_until([&] { return !seen.text.empty(); }, 30ms));
    stream.resume();
    CHECK(loop->run_until([&] { return seen.text == "later"; }, kDeadline));
}

TEST_CASE("listener: connections over TCP and over a Unix socket are handed over") {
    auto loop = *loop::Loop::create();
    const test::TempDir directory;
    auto tcp = loop::listen_tcp("127.0.0.1", 0);
    REQUIRE(tcp);
    const auto port = loop::local_port(tcp->get());
    REQUIRE(port);
    CHECK(*port != 0);
    std::size_t accepted = 0;
    loop::Listener listener(*loop, std::move(*tcp), [&](base::Fd fd) {
        CHECK(fd.get() >= 0);
        ++accepted;
    });
    Result<base::Fd> connected = fail(Errc::closed, "not yet");
    loop::TcpConnect connect(*loop, "127.0.0.1", *port, 5s,
                             [&](auto result) { connected = std::move(result); });
    REQUIRE(loop->run_until([&] { return accepted == 1 && connected; }, kDeadline));

    CHECK(loop::listen_unix(directory.file("s"), 0660));
    const auto taken = loop::listen_tcp("127.0.0.1", *port);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().message.find(std::to_string(*port)) != std::string::npos);
}

TEST_CASE("tcp connect: nobody there is said, once") {
    auto loop = *loop::Loop::create();
    std::uint16_t port = 0;
    {
        const auto free = loop::listen_tcp("127.0.0.1", 0);
        port = *loop::local_port(free->get());
    }
    int answers = 0;
    bool is_error = false;
    loop::TcpConnect connect(*loop, "127.0.0.1", port, 5s, [&](auto result) {
        ++answers;
        is_error = !result;
    });
    REQUIRE(loop->run_until([&] { return answers != 0; }, kDeadline));
    CHECK(is_error);
    CHECK_FALSE(loop->run_until([&] { return answers > 1; }, 20ms));
}
