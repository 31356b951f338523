// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/restart_policy.h"

#include <algorithm>

namespace gw::supervisor {

namespace {

constexpr Action kNothing{};
constexpr Action kSpawn{.kind = Action::Kind::spawn, .delay = base::Millis(0)};
constexpr Action kEndProcess{.kind = Action::Kind::end_process, .delay = base::Millis(0)};

Action wait(base::Millis delay) {
    return {.kind = Action::Kind::wait, .delay = delay};
}

Action spawn(Supervision& s, bool is_probe) {
    s.phase = Phase::starting;
    s.has_process = true;
    s.is_probe = is_probe;
    s.has_been_ready = false;
    s.is_start_pending = false;
    return kSpawn;
}

// Somebody asked for it: the past is forgiven.
Action spawn_fresh(Supervision& s) {
    s.failures = 0;
    s.endings.clear();
    return spawn(s, false);
}

Action end_process(Supervision& s, Phase phase, bool is_start_pending) {
    s.phase = phase;
    s.is_start_pending = is_start_pending;
    return kEndProcess;
}

// The pause before the n-th restart in a row, n from 1: none, first, 2 × first, … max; spread by a
// fifth to both sides so that workers which died together do not come back together.
base::Millis restart_delay(int failures, double jitter, const config::Restart& rules) {
    if (failures <= 1) return base::Millis(0);
    auto delay = rules.first_delay;
    for (int i = 2; i < failures && delay < rules.max_delay; ++i)
        delay *= 2;
    delay = std::min(delay, rules.max_delay);
    const double spread = static_cast<double>(delay.count()) * (0.8 + 0.4 * jitter);
    return std::min(base::Millis(static_cast<std::int64_t>(spread)), rules.max_delay);
}

Action ended_by_itself(Supervision& s, const Happening& h, const config::Restart& rules) {
    const bool was_healthy = s.has_been_ready && h.now - s.ready_since >= rules.healthy_after;
    const bool was_probe = s.is_probe && !was_healthy;
    if (was_healthy) {
        s.failures = 0;
        s.endings.clear();
    }
    s.failures += 1;
    std::erase_if(s.endings, [&](auto when) { return h.now - when > rules.breaker_window; });
    s.endings.push_back(h.now);
    const bool is_too_often = rules.breaker_crashes > 0 &&
                              s.endings.size() >= static_cast<std::size_t>(rules.breaker_crashes);
    if (was_probe || is_too_often) {
        s.phase = Phase::breaker_open;
        return wait(rules.breaker_retry);
    }
    const auto delay = restart_delay(s.failures, h.jitter, rules);
    if (delay == base::Millis(0)) return spawn(s, false);
    s.phase = Phase::backoff;
    return wait(delay);
}

bool is_alive(Phase phase) {
    switch (phase) {
        case Phase::starting:
        case Phase::configuring:
        case Phase::connecting:
        case Phase::running:
        case Phase::degraded: return true;
        case Phase::stopped:
        case Phase::stopping:
        case Phase::backoff:
        case Phase::blocked:
        case Phase::breaker_open: return false;
    }
    return false;
}

bool is_ready(Phase phase) {
    return phase == Phase::connecting || phase == Phase::running || phase == Phase::degraded;
}

Action on_ended(Supervision& s, const Happening& h, const config::Restart& rules) {
    if (!s.has_process) return kNothing;
    s.has_process = false;
    if (is_alive(s.phase)) return ended_by_itself(s, h, rules);
    if (s.is_start_pending) return spawn_fresh(s);
    if (s.phase == Phase::stopping) s.phase = Phase::stopped;
    return kNothing;
}

Action on_start_wanted(Supervision& s) {
    if (is_alive(s.phase)) return kNothing;
    if (!s.has_process) return spawn_fresh(s);
    s.is_start_pending = true;
    return kNothing;
}

Action on_stop_wanted(Supervision& s, bool is_restart) {
    if (is_alive(s.phase)) return end_process(s, Phase::stopping, is_restart);
    if (s.has_process) {  // on its way out already
        s.phase = Phase::stopping;
        s.is_start_pending = is_restart;
        return kNothing;
    }
    if (is_restart) return spawn_fresh(s);
    s.phase = Phase::stopped;
    return kNothing;
}

Action on_timer(Supervision& s) {
    if (s.phase == Phase::backoff) return spawn(s, false);
    if (s.phase == Phase::breaker_open) return spawn(s, true);
    return kNothing;
}

Action on_blocked(Supervision& s) {
    if (!is_alive(s.phase)) return kNothing;
    return end_process(s, Phase::blocked, false);
}

}  // namespace

std::string_view name(Phase phase) {
    switch (phase) {
        case Phase::stopped: return "stopped";
        case Phase::starting: return "starting";
        case Phase::configuring: return "configuring";
        case Phase::connecting: return "connecting";
        case Phase::running: return "running";
        case Phase::degraded: return "degraded";
        case Phase::stopping: return "stopping";
        case Phase::backoff: return "backoff";
        case Phase::blocked: return "blocked";
        case Phase::breaker_open: return "breaker_open";
    }
    return "stopped";
}

std::string_view name(ExitClass exit) {
    switch (exit) {
        case ExitClass::crashed: return "crashed";
        case ExitClass::failed: return "failed";
        case ExitClass::hung: return "hung";
        case ExitClass::out_of_memory: return "out of memory";
        case ExitClass::protocol_violation: return "protocol violation";
        case ExitClass::asked_to_stop: return "asked to stop";
        case ExitClass::blocked: return "blocked";
    }
    return "failed";
}

Action next(Supervision& s, const Happening& h, const config::Restart& rules) {
    switch (h.event) {
        case Event::start_wanted: return on_start_wanted(s);
        case Event::stop_wanted: return on_stop_wanted(s, false);
        case Event::restart_wanted: return on_stop_wanted(s, true);
        case Event::hello:
            if (s.phase == Phase::starting) s.phase = Phase::configuring;
            return kNothing;
        case Event::ready:
            if (s.phase != Phase::configuring) return kNothing;
            s.phase = Phase::connecting;
            s.has_been_ready = true;
            s.ready_since = h.now;
            return kNothing;
        case Event::link_connected:
            if (is_ready(s.phase)) s.phase = Phase::running;
            return kNothing;
        case Event::link_lost:
            if (s.phase == Phase::running) s.phase = Phase::degraded;
            return kNothing;
        case Event::blocked: return on_blocked(s);
        case Event::ended: return on_ended(s, h, rules);
        case Event::timer_due: return on_timer(s);
    }
    return kNothing;
}

}  // namespace gw::supervisor
