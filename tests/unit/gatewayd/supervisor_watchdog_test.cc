// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/watchdog.h"

#include <doctest/doctest.h>

using namespace gw;
using namespace gw::supervisor;
using namespace std::chrono_literals;
using Verdict = Watchdog::Verdict;

namespace {

const base::SteadyTime kStart{1h};

}  // namespace

TEST_CASE("watchdog: a process that does not get ready is not asked, and is given up") {
    Watchdog watchdog;
    CHECK(watchdog.on_ping_due(kStart) == Verdict::well);
    CHECK(watchdog.on_ping_due(kStart + 10s) == Verdict::well);
    CHECK_FALSE(watchdog.is_ready());
    CHECK(watchdog.on_ping_due(kStart + 20s) == Verdict::not_ready);
}

TEST_CASE("watchdog: two pings without an answer are hanging, one is not") {
    Watchdog watchdog;
    watchdog.on_ready();
    CHECK(watchdog.on_ping_due(kStart) == Verdict::well);
    CHECK(watchdog.on_ping_due(kStart + 10s) == Verdict::well);
    CHECK(watchdog.on_pong(kStart + 11s) == 11s);  // of the older one
    CHECK(watchdog.on_ping_due(kStart + 20s) == Verdict::well);
    CHECK(watchdog.on_ping_due(kStart + 30s) == Verdict::well);
    CHECK(watchdog.on_ping_due(kStart + 40s) == Verdict::no_answer);
}

TEST_CASE("watchdog: an answer nobody asked for has no round trip") {
    Watchdog watchdog;
    watchdog.on_ready();
    CHECK_FALSE(watchdog.on_pong(kStart));
    REQUIRE(watchdog.on_ping_due(kStart) == Verdict::well);
    CHECK(watchdog.on_pong(kStart + 3ms) == 3ms);
    CHECK_FALSE(watchdog.on_pong(kStart + 4ms));
}

TEST_CASE("watchdog: without a promise nobody waits for progress, and a short one is stretched") {
    Watchdog watchdog;
    watchdog.on_hello(0);
    CHECK_FALSE(watchdog.progress_interval());
    watchdog.on_hello(5);
    CHECK(watchdog.progress_interval() == Watchdog::kShortestInterval);
    watchdog.on_hello(30'000);
    CHECK(watchdog.progress_interval() == 30s);
}

TEST_CASE("watchdog: a connected worker without progress for three whole intervals hangs") {
    Watchdog watchdog;
    watchdog.on_connected(true);
    // It connected in the middle of an interval: the first end of one does not count as a whole.
    for (int i = 0; i < 3; ++i)
        CHECK(watchdog.on_progress_due() == Verdict::well);
    SUBCASE("nothing came") {
        CHECK(watchdog.on_progress_due() == Verdict::no_progress);
    }
    SUBCASE("progress came") {
        watchdog.on_progress();
        CHECK(watchdog.on_progress_due() == Verdict::well);
    }
    SUBCASE("its connection is lost, which is no hanging") {
        watchdog.on_connected(false);
        for (int i = 0; i < 10; ++i)
            CHECK(watchdog.on_progress_due() == Verdict::well);
    }
}
