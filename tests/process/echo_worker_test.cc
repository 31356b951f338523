// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// gatewayd-echo as a process, with the test in the core's place: what every
// worker owes the core.

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "base/clock.h"
#include "ipc/link.h"
#include "tests/support/worker_process.h"

using namespace gw;
using Said = proto::WorkerToCore;

namespace {

struct Fixture {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    tests::WorkerProcess worker{*loop, GW_ECHO_WORKER};

    void connect() {
        REQUIRE(worker.next(Said::kHello));
        worker.configure("{}", 7);
        REQUIRE(worker.next(Said::kReady));
        REQUIRE(worker.next(Said::kLinkChanged));
    }
};

proto::CoreToWorker ping(std::uint64_t id) {
    proto::CoreToWorker message;
    message.set_id(id);
    message.mutable_ping();
    return message;
}

}  // namespace

TEST_CASE(
    "worker: says Hello of this build first, then Ready, then how it is "
    "connected") {
    Fixture f;
    const auto hello = f.worker.next(Said::kHello);
    REQUIRE(hello);
    CHECK(hello->hello().protocol() == ipc::kProtocol);
    CHECK(hello->hello().build_id() == ipc::build_id());
    CHECK(f.worker.said.size() == 1);
    f.worker.configure("{}");
    REQUIRE(f.worker.next(Said::kLinkChanged));
    REQUIRE(f.worker.said.size() == 3);
    CHECK(f.worker.said[1].body_case() == Said::kReady);
    CHECK(f.worker.said[2].link_changed().state() == proto::LINK_STATE_CONNECTED);
}

TEST_CASE(
    "worker: announces each attempt before its outcome, a repeated "
    "delivery's too") {
    Fixture f;
    f.connect();
    for (const std::uint32_t attempt : {1U, 2U}) {
        CAPTURE(attempt);
        const std::size_t before = f.worker.said.size();
        f.worker.order("d1", "ann", "hello", attempt);
        const auto done = f.worker.next(Said::kSendDone);
        REQUIRE(done);
        CHECK(done->send_done().attempt() == attempt);
        CHECK(done->send_done().provider_message_id() == "echo-d1");
        REQUIRE(f.worker.said.size() == before + 2);
        CHECK(f.worker.said[before].attempt_started().delivery_id() == "d1");
        CHECK(f.worker.said[before].attempt_started().attempt() == attempt);
    }
}

TEST_CASE("worker: begins no order that nobody waits for any more") {
    Fixture f;
    f.connect();
    proto::CoreToWorker message;
    auto& send = *message.mutable_send_message();
    send.set_delivery_id("d1");
    send.set_attempt(2);
    send.set_to("ann");
    send.set_text("hello");
    send.set_begin_before_ms(base::SystemClock().wall_ms() + 60'000);
    f.worker.say(message);
    REQUIRE(f.worker.next(Said::kSendDone));

    send.set_delivery_id("d2");
    send.set_begin_before_ms(base::SystemClock().wall_ms());
    f.worker.say(message);
    const auto failed = f.worker.next(Said::kSendFailed);
    REQUIRE(failed);
    CHECK(failed->send_failed().delivery_id() == "d2");
    CHECK(failed->send_failed().failure() == proto::SEND_FAILURE_TRANSIENT);
    CHECK(f.worker.said.back().has_send_failed());
    CHECK_FALSE(f.worker.said[f.worker.said.size() - 2].has_attempt_started());
}

TEST_CASE("worker: answers a ping with its id") {
    Fixture f;
    f.connect();
    f.worker.say(ping(42));
    const auto pong = f.worker.next(Said::kPong);
    REQUIRE(pong);
    CHECK(pong->id() == 42);
}

TEST_CASE("worker: a message out of its phase ends it") {
    Fixture f;
    REQUIRE(f.worker.next(Said::kHello));
    f.worker.say(ping(1));
    REQUIRE(f.worker.wait_exit());
    CHECK(*f.worker.exit == loop::Exit{.code = 1, .signal = 0});
}

TEST_CASE("worker: ends with the core, and when asked to") {
    SUBCASE("the socket closes") {
        Fixture f;
        f.connect();
        f.worker.hang_up();
        REQUIRE(f.worker.wait_exit());
        CHECK(*f.worker.exit == loop::Exit{});
    }
    SUBCASE("Shutdown") {
        Fixture f;
        f.connect();
        proto::CoreToWorker message;
        message.mutable_shutdown();
        f.worker.say(message);
        REQUIRE(f.worker.wait_exit());
        CHECK(*f.worker.exit == loop::Exit{});
    }
    SUBCASE("SIGTERM, even before it is configured") {
        Fixture f;
        REQUIRE(f.worker.next(Said::kHello));
        f.worker.signal(SIGTERM);
        REQUIRE(f.worker.wait_exit());
        CHECK(*f.worker.exit == loop::Exit{});
    }
}

TEST_CASE("worker: started by hand it says who starts it") {
    const int status = std::system("\"" GW_ECHO_WORKER "\" 3<&- 2>&1 | grep -q gatewayd");
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(WEXITSTATUS(std::system("\"" GW_ECHO_WORKER "\" 3<&- 2>/dev/null")) == 64);
    CHECK(WEXITSTATUS(std::system("\"" GW_ECHO_WORKER "\" 3</dev/null 2>/dev/null")) == 64);
}

TEST_CASE(
    "echo: only what is sent to inject: comes back, as a direct message "
    "that is confirmed") {
    Fixture f;
    f.connect();
    f.worker.order("d1", "ann", "quiet");
    REQUIRE(f.worker.next(Said::kSendDone));
    f.worker.order("d2", "inject:ann", "hello");
    const auto received = f.worker.next(Said::kMessageReceived);
    REQUIRE(received);
    const auto& message = received->message_received();
    CHECK(message.event_id() == "7-1");
    CHECK(message.peer() == "ann");
    CHECK(message.sender_id() == "ann");
    CHECK(message.chat_type() == proto::CHAT_TYPE_DIRECT);
    CHECK(message.text() == "hello");
    CHECK_FALSE(message.is_notice());
}

TEST_CASE("echo: an injected message needs somebody who says it") {
    Fixture f;
    f.connect();
    f.worker.order("d1", "inject:", "hello");
    const auto failed = f.worker.next(Said::kSendFailed);
    REQUIRE(failed);
    CHECK(failed->send_failed().failure() == proto::SEND_FAILURE_PERMANENT);
}
