// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "loop/loop.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <thread>
#include <vector>

#include "loop/fd_watch.h"
#include "loop/stream.h"

using namespace gw;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds kDeadline{10};

}  // namespace

TEST_CASE("loop: deferred steps run in order, never inside the call, and those they defer later") {
    auto loop = *loop::Loop::create();
    std::vector<int> order;
    loop->defer([&] {
        order.push_back(1);
        loop->defer([&] { order.push_back(3); });
        CHECK(order.size() == 1);
    });
    loop->defer([&] { order.push_back(2); });
    CHECK(order.empty());
    REQUIRE(loop->run_until([&] { return order.size() == 3; }, kDeadline));
    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("loop: run_until says whether it came true, and gives up in time") {
    auto loop = *loop::Loop::create();
    loop::Timer forever(*loop, [] {});
    forever.start_repeating(5ms);
    CHECK_FALSE(loop->run_until([] { return false; }, 30ms));
    CHECK(loop->run_until([] { return true; }, 0ms));
}

TEST_CASE("loop: a timer fires once, a repeating one again, a stopped or destroyed one never") {
    auto loop = *loop::Loop::create();
    int once = 0;
    int often = 0;
    int never = 0;
    loop::Timer first(*loop, [&] { ++once; });
    loop::Timer second(*loop, [&] { ++often; });
    loop::Timer third(*loop, [&] { ++never; });
    auto fourth = std::make_unique<loop::Timer>(*loop, [&] { ++never; });
    first.start(1ms);
    second.start_repeating(1ms);
    third.start(1ms);
    fourth->start(1ms);
    third.stop();
    fourth.reset();
    CHECK(first.is_running());
    CHECK_FALSE(third.is_running());
    REQUIRE(loop->run_until([&] { return often >= 3; }, kDeadline));
    CHECK(once == 1);
    CHECK_FALSE(first.is_running());
    CHECK(second.is_running());
    CHECK(never == 0);
}

TEST_CASE("loop: a timer may be destroyed by its own step") {
    auto loop = *loop::Loop::create();
    std::unique_ptr<loop::Timer> timer;
    bool has_run = false;
    timer = std::make_unique<loop::Timer>(*loop, [&] {
        timer.reset();
        has_run = true;
    });
    timer->start(0ms);
    REQUIRE(loop->run_until([&] { return has_run; }, kDeadline));
}

TEST_CASE("loop: an unreferenced timer does not keep it running") {
    auto loop = *loop::Loop::create();
    loop::Timer timer(*loop, [] {});
    timer.start_repeating(1h);
    timer.unref();
    loop->run();
}

TEST_CASE("loop: the end of a turn comes after everything else of the turn") {
    auto loop = *loop::Loop::create();
    std::vector<std::string> order;
    loop::TurnEnd end(*loop, [&] {
        if (!order.empty() && order.back() != "end") order.emplace_back("end");
    });
    loop::Timer a(*loop, [&] { order.emplace_back("a"); });
    loop::Timer b(*loop, [&] { order.emplace_back("b"); });
    loop::Timer next_turn(*loop, [] {});  // so that the loop does not wait for longer than that
    a.start(0ms);
    b.start(0ms);
    next_turn.start(1ms);
    REQUIRE(loop->run_until([&] { return order.size() == 3; }, kDeadline));
    CHECK(order == std::vector<std::string>{"a", "b", "end"});
}

TEST_CASE("loop: what other threads post arrives on the loop, all of it and in order") {
    auto loop = *loop::Loop::create();
    loop::Mailbox mailbox(*loop);
    constexpr int kLetters = 20'000;
    std::vector<int> got;
    const auto loop_thread = std::this_thread::get_id();
    bool is_elsewhere = false;
    std::thread sender([&] {
        for (int i = 0; i < kLetters; ++i) {
            mailbox.post([&, i] {
                is_elsewhere = is_elsewhere || std::this_thread::get_id() != loop_thread;
                got.push_back(i);
            });
        }
    });
    const bool is_complete = loop->run_until([&] { return got.size() == kLetters; }, kDeadline);
    sender.join();
    REQUIRE(is_complete);
    CHECK_FALSE(is_elsewhere);
    CHECK(std::is_sorted(got.begin(), got.end()));
}

TEST_CASE("loop: a signal becomes a step") {
    auto loop = *loop::Loop::create();
    int seen = 0;
    loop::Signals signals(*loop, {SIGUSR1, SIGUSR2}, [&](int signal) { seen = signal; });
    ::raise(SIGUSR2);
    REQUIRE(loop->run_until([&] { return seen != 0; }, kDeadline));
    CHECK(seen == SIGUSR2);
}

TEST_CASE("loop: what waits for the end runs after every close, once") {
    std::vector<std::string> order;
    {
        auto loop = *loop::Loop::create();
        loop->at_end([&] { order.emplace_back("end"); });
        loop::Timer timer(*loop, [] {});
        loop->run();
        CHECK(order.empty());
    }
    CHECK(order == std::vector<std::string>{"end"});
}

TEST_CASE("fd watch: says when there is something to read, and may go from inside") {
    auto loop = *loop::Loop::create();
    auto pair = *loop::open_stream_pair();
    int times = 0;
    loop::Readiness seen;
    std::unique_ptr<loop::FdWatch> watch;
    watch = std::make_unique<loop::FdWatch>(*loop, pair.ours.get(), [&](loop::Readiness ready) {
        ++times;
        seen = ready;
        watch.reset();
    });
    watch->watch_for({.readable = true});
    CHECK_FALSE(loop->run_until([&] { return times > 0; }, std::chrono::milliseconds(20)));
    REQUIRE(::write(pair.theirs.get(), "x", 1) == 1);
    CHECK(loop->run_until([&] { return times > 0; }, std::chrono::seconds(10)));
    CHECK(seen.readable);
    CHECK_FALSE(seen.writable);
    CHECK_FALSE(loop->run_until([&] { return times > 1; }, std::chrono::milliseconds(20)));
}

TEST_CASE("fd watch: what is not watched for is not said") {
    auto loop = *loop::Loop::create();
    auto pair = *loop::open_stream_pair();
    int times = 0;
    loop::FdWatch watch(*loop, pair.ours.get(), [&times](loop::Readiness) { ++times; });
    watch.watch_for({.writable = true});
    CHECK(loop->run_until([&] { return times > 0; }, std::chrono::seconds(10)));
    watch.watch_for({});
    times = 0;
    CHECK_FALSE(loop->run_until([&] { return times > 0; }, std::chrono::milliseconds(20)));
}
