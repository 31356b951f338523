// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/restart_policy.h"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace gw;
using namespace gw::supervisor;
using namespace std::chrono_literals;

namespace {

// A worker's life told in events, with a clock that the story moves.
struct Story {
    Supervision worker;
    config::Restart rules;
    base::SteadyTime now{};

    Action on(Event event, double jitter = 0.5) {
        return next(worker, {.event = event, .now = now, .jitter = jitter}, rules);
    }
    void tell(std::initializer_list<Event> events) {
        for (const Event event : events)
            on(event);
    }
    void get_running() {
        tell({Event::hello, Event::ready, Event::link_connected});
        REQUIRE(worker.phase == Phase::running);
    }
};

constexpr Action kSpawn{.kind = Action::Kind::spawn, .delay = 0ms};
constexpr Action kEnd{.kind = Action::Kind::end_process, .delay = 0ms};
constexpr Action kNothing{};
Action wait(base::Millis delay) {
    return {.kind = Action::Kind::wait, .delay = delay};
}

}  // namespace

TEST_CASE("restart policy: a start goes through its phases") {
    Story story;
    CHECK(story.on(Event::start_wanted) == kSpawn);
    CHECK(story.worker.phase == Phase::starting);
    story.on(Event::hello);
    CHECK(story.worker.phase == Phase::configuring);
    story.on(Event::ready);
    CHECK(story.worker.phase == Phase::connecting);
    story.on(Event::link_lost);
    CHECK(story.worker.phase == Phase::connecting);
    story.on(Event::link_connected);
    CHECK(story.worker.phase == Phase::running);
    story.on(Event::link_lost);
    CHECK(story.worker.phase == Phase::degraded);
    story.on(Event::link_connected);
    CHECK(story.worker.phase == Phase::running);
}

TEST_CASE("restart policy: events out of place change nothing") {
    Story story;
    for (const Event event : {Event::hello, Event::ready, Event::link_connected, Event::ended,
                              Event::timer_due, Event::blocked}) {
        CHECK(story.on(event) == kNothing);
        CHECK(story.worker.phase == Phase::stopped);
    }
    story.on(Event::start_wanted);
    story.on(Event::link_connected);  // not Ready yet
    CHECK(story.worker.phase == Phase::starting);
    CHECK(story.on(Event::start_wanted) == kNothing);
}

TEST_CASE("restart policy: the first restart is at once, then delays double to their maximum") {
    Story story;
    story.rules.breaker_crashes = 0;
    story.rules.max_delay = 1'000ms;
    story.on(Event::start_wanted);
    CHECK(story.on(Event::ended) == kSpawn);
    for (const auto delay : {250ms, 500ms, 1'000ms, 1'000ms}) {
        CHECK(story.on(Event::ended) == wait(delay));
        CHECK(story.worker.phase == Phase::backoff);
        CHECK(story.on(Event::timer_due) == kSpawn);
    }
}

TEST_CASE("restart policy: jitter spreads the delay by a fifth and never beyond the maximum") {
    Story story;
    story.on(Event::start_wanted);
    story.on(Event::ended);
    CHECK(story.on(Event::ended, 0.0) == wait(200ms));
    story.on(Event::timer_due);
    CHECK(story.on(Event::ended, 1.0) == wait(600ms));
    story.rules.max_delay = 1'000ms;
    story.on(Event::timer_due);
    CHECK(story.on(Event::ended, 1.0) == wait(1'000ms));
}

TEST_CASE("restart policy: a healthy run resets the delay, a short one does not") {
    Story story;
    story.on(Event::start_wanted);
    story.on(Event::ended);
    story.get_running();
    story.now += 59s;
    CHECK(story.on(Event::ended).kind == Action::Kind::wait);
    story.on(Event::timer_due);
    story.get_running();
    story.now += 60s;
    CHECK(story.on(Event::ended) == kSpawn);
}

TEST_CASE("restart policy: a run that never got ready is not healthy however long it took") {
    Story story;
    story.on(Event::start_wanted);
    story.on(Event::ended);
    story.now += 10min;
    CHECK(story.on(Event::ended).kind == Action::Kind::wait);
}

TEST_CASE("restart policy: delays of zero restart without a pause") {
    Story story;
    story.rules.first_delay = 0ms;
    story.rules.breaker_crashes = 0;
    story.on(Event::start_wanted);
    for (int i = 0; i < 100; ++i)
        CHECK(story.on(Event::ended) == kSpawn);
}

TEST_CASE("restart policy: too many endings open the breaker, which lets one attempt through") {
    Story story;
    story.rules.first_delay = 0ms;
    story.on(Event::start_wanted);
    for (int i = 0; i < 9; ++i)
        CHECK(story.on(Event::ended) == kSpawn);
    CHECK(story.on(Event::ended) == wait(300s));
    CHECK(story.worker.phase == Phase::breaker_open);
    story.now += 300s;
    CHECK(story.on(Event::timer_due) == kSpawn);
    story.get_running();
    story.now += 1s;
    CHECK(story.on(Event::ended) == wait(300s));
    CHECK(story.worker.phase == Phase::breaker_open);

    story.on(Event::timer_due);
    story.get_running();
    story.now += 2min;
    CHECK(story.on(Event::ended) == kSpawn);  // the attempt was healthy: all is forgiven
}

TEST_CASE("restart policy: endings outside the window do not count for the breaker") {
    Story story;
    story.rules.first_delay = 0ms;
    story.on(Event::start_wanted);
    for (int i = 0; i < 40; ++i) {
        story.now += 34s;
        CHECK(story.on(Event::ended) == kSpawn);
    }
}

TEST_CASE("restart policy: a stop ends the process and stays stopped") {
    Story story;
    story.on(Event::start_wanted);
    story.get_running();
    CHECK(story.on(Event::stop_wanted) == kEnd);
    CHECK(story.worker.phase == Phase::stopping);
    CHECK(story.on(Event::stop_wanted) == kNothing);
    CHECK(story.on(Event::ended) == kNothing);
    CHECK(story.worker.phase == Phase::stopped);
}

TEST_CASE("restart policy: a stop during backoff needs no process") {
    Story story;
    story.on(Event::start_wanted);
    story.on(Event::ended);
    story.on(Event::ended);
    REQUIRE(story.worker.phase == Phase::backoff);
    CHECK(story.on(Event::stop_wanted) == kNothing);
    CHECK(story.worker.phase == Phase::stopped);
    CHECK(story.on(Event::timer_due) == kNothing);
}

TEST_CASE("restart policy: a restart spawns only after the old process has ended") {
    Story story;
    story.on(Event::start_wanted);
    story.get_running();
    CHECK(story.on(Event::restart_wanted) == kEnd);
    CHECK(story.on(Event::ended) == kSpawn);
    CHECK(story.worker.failures == 0);

    story.on(Event::stop_wanted);
    CHECK(story.on(Event::start_wanted) == kNothing);
    CHECK(story.on(Event::ended) == kSpawn);

    story.on(Event::restart_wanted);
    story.on(Event::stop_wanted);  // the last word counts
    CHECK(story.on(Event::ended) == kNothing);
    CHECK(story.worker.phase == Phase::stopped);
}

TEST_CASE("restart policy: a blocked worker is ended and not retried until somebody asks") {
    Story story;
    story.on(Event::start_wanted);
    story.on(Event::hello);
    story.on(Event::ready);
    CHECK(story.on(Event::blocked) == kEnd);
    CHECK(story.on(Event::ended) == kNothing);
    CHECK(story.worker.phase == Phase::blocked);
    CHECK(story.on(Event::timer_due) == kNothing);
    CHECK(story.on(Event::start_wanted) == kSpawn);
}

TEST_CASE("restart policy: starting a worker that waits tries at once and forgives") {
    Story story;
    story.on(Event::start_wanted);
    story.on(Event::ended);
    story.on(Event::ended);
    CHECK(story.on(Event::start_wanted) == kSpawn);
    CHECK(story.on(Event::ended) == kSpawn);  // the first restart again
}
