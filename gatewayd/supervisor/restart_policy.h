#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The life of one worker as a pure table: next(supervision, event) changes the supervision and says
// what to do. No clock, no process, no randomness: time and jitter come with the event.
//
//   stopped → starting → configuring → connecting → running ⇄ degraded
//   any of these → backoff | breaker_open (ended by itself), blocked (a human is needed),
//                  stopping (asked to) → stopped
//
// The first restart is at once; then delays double from first_delay to max_delay, with jitter,
// until a run stayed healthy long enough. Too many endings within the window open the worker's
// breaker, which lets one attempt through at a time.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "gatewayd/config/config.h"

namespace gw::supervisor {

enum class Phase {
    stopped,       // no process and none wanted
    starting,      // spawned, has not said Hello
    configuring,   // said Hello, has not said Ready
    connecting,    // Ready, not connected to its network
    running,       // connected
    degraded,      // was connected, is not now
    stopping,      // asked to end
    backoff,       // ended by itself, waits to be started again
    blocked,       // needs a human: not retried
    breaker_open,  // ended too often, waits long
};
std::string_view name(Phase phase);

// How a worker's process came to its end.
enum class ExitClass {
    crashed,             // by a signal
    failed,              // with an exit code, or it could not be spawned
    hung,                // the watchdog ended it
    out_of_memory,       // the kernel killed it for that, as far as that can be known (oom_watch.h)
    protocol_violation,  // it broke the contract and was cut off
    asked_to_stop,
    blocked,  // it said that a human is needed
};
std::string_view name(ExitClass exit);

enum class Event {
    start_wanted,
    stop_wanted,
    restart_wanted,
    hello,  // accepted
    ready,
    link_connected,
    link_lost,  // connecting again
    blocked,    // it said that a human is needed, or its Hello was not of our build
    ended,      // reaped and its socket read to the end; or could not be spawned
    timer_due,
};

struct Supervision {
    Phase phase = Phase::stopped;
    bool has_process = false;
    bool is_start_pending = false;   // start again once the one that is stopping has ended
    int failures = 0;                // endings in a row without a healthy run between
    bool is_probe = false;           // this run is the one a breaker let through
    base::SteadyTime ready_since{};  // meaningful while has_been_ready
    bool has_been_ready = false;
    std::vector<base::SteadyTime> endings;  // within the breaker's window
};

struct Action {
    enum class Kind {
        none,
        spawn,
        end_process,  // in order: ask, then insist
        wait,         // call again with timer_due after delay
    };
    Kind kind = Kind::none;
    base::Millis delay{0};

    bool operator==(const Action&) const = default;
};

struct Happening {
    Event event;
    base::SteadyTime now{};
    double jitter = 0.5;  // drawn by the caller, 0 … 1
};

// Events that mean nothing in the present phase change nothing.
Action next(Supervision& supervision, const Happening& happening, const config::Restart& rules);

}  // namespace gw::supervisor
