// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "ipc/link.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/phases.h"

using namespace gw;
using std::chrono_literals::operator""s;

namespace {

struct CoreEnd final : ipc::WorkerLink::Events {
    std::vector<std::string> hellos;
    std::optional<Error> closed;
    std::function<void()> on_each;
    void on_message(proto::WorkerToCore& message) override {
        hellos.push_back(message.hello().build_id());
        if (on_each) on_each();
    }
    void on_link_closed(const Error& reason) override { closed = reason; }
};

struct WorkerEnd final : ipc::CoreLink::Events {
    int pings = 0;
    std::optional<Error> closed;
    void on_message(proto::CoreToWorker&) override { ++pings; }
    void on_link_closed(const Error& reason) override { closed = reason; }
};

struct Fixture {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    CoreEnd core;
    WorkerEnd worker;
    base::Fd raw;  // the worker's end, unlinked
    std::unique_ptr<ipc::WorkerLink> core_link;
    std::unique_ptr<ipc::CoreLink> worker_link;

    Fixture() {
        int pair[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        core_link = std::make_unique<ipc::WorkerLink>(*loop, base::Fd(pair[0]), core);
        raw.reset(pair[1]);
    }
    void link_worker() {
        worker_link = std::make_unique<ipc::CoreLink>(*loop, std::move(raw), worker);
    }
    bool wait(const std::function<bool()>& done) { return loop->run_until(done, 10s); }
};

proto::WorkerToCore hello(const std::string& id) {
    proto::WorkerToCore message;
    message.mutable_hello()->set_build_id(id);
    return message;
}

}  // namespace

TEST_CASE("link: messages arrive whole and in order, both ways") {
    Fixture f;
    f.link_worker();
    for (int i = 0; i < 100; ++i) {
        REQUIRE(f.worker_link->send(
            hello(std::string(static_cast<std::size_t>(i) * 700, 'x') + std::to_string(i))));
    }
    proto::CoreToWorker ping;
    ping.mutable_ping();
    REQUIRE(f.core_link->send(ping));
    REQUIRE(f.wait([&] { return f.core.hellos.size() == 100 && f.worker.pings == 1; }));
    CHECK(f.core.hellos[99].ends_with("99"));
}

TEST_CASE("link: the end of the other side is told once") {
    Fixture f;
    f.link_worker();
    f.worker_link.reset();
    REQUIRE(f.wait([&] { return f.core.closed.has_value(); }));
    CHECK(f.core.closed->code == Errc::closed);
    proto::CoreToWorker ping;
    ping.mutable_ping();
    CHECK(f.core_link->send(ping).error().code == Errc::closed);
}

TEST_CASE("link: what is no message cuts the link") {
    Fixture f;
    const char garbage[] = "\x03\x00\x00\x00\xff\xff\xff";
    REQUIRE(::write(f.raw.get(), garbage, 7) == 7);
    REQUIRE(f.wait([&] { return f.core.closed.has_value(); }));
    CHECK(f.core.closed->code == Errc::invalid_input);
}

TEST_CASE("link: text that is not UTF-8 is no message") {
    Fixture f;
    const char bad[] = "\x06\x00\x00\x00\x12\x04\x12\x02\xc3\x28";  // hello{build_id}
    REQUIRE(::write(f.raw.get(), bad, 10) == 10);
    REQUIRE(f.wait([&] { return f.core.closed.has_value(); }));
    CHECK(f.core.closed->code == Errc::invalid_input);
}

TEST_CASE("link: a handler may destroy the link") {
    Fixture f;
    f.link_worker();
    f.core.on_each = [&] { f.core_link.reset(); };
    REQUIRE(f.worker_link->send(hello("1")));
    REQUIRE(f.worker_link->send(hello("2")));
    REQUIRE(f.wait([&] { return f.core_link == nullptr; }));
    CHECK(f.core.hellos.size() == 1);
}

TEST_CASE("link: a peer that does not read is refused more, not waited for") {
    Fixture f;
    proto::CoreToWorker order;
    order.mutable_send_message()->set_text(std::string(500'000, 'x'));
    int taken = 0;
    while (taken < 1000 && f.core_link->send(order))
        ++taken;
    CHECK(taken < 40);
    CHECK(f.core_link->queued() <= ipc::kMaxQueuedBytes);
    CHECK(f.core_link->send(order).error().code == Errc::limit_exceeded);
}

TEST_CASE("phases: nothing is permitted before Hello but Hello") {
    using Body = proto::WorkerToCore;
    for (int body = 0; body <= Body::kGapNoticed; ++body) {
        const auto kind = static_cast<Body::BodyCase>(body);
        CHECK(ipc::permitted(ipc::Phase::hello, kind) == (kind == Body::kHello));
        CHECK(ipc::permitted(ipc::Phase::configure, kind) == (kind == Body::kReady));
    }
    CHECK_FALSE(ipc::permitted(ipc::Phase::open, Body::kHello));
    CHECK_FALSE(ipc::permitted(ipc::Phase::open, Body::BODY_NOT_SET));
    CHECK(ipc::permitted(ipc::Phase::open, Body::kSendDone));
}
