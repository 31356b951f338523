#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Watchdog: whether one worker process still does its work. Pure: ticks and times come in.
//
// Two things are watched. Pings, which the worker's own loop answers; and, where the worker
// promised it in its Hello, the progress it makes on its network. That nobody writes is never
// evidence of death. Both are counted in ticks, not in time, so that a gateway that stood still
// itself does not blame its workers.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace gw::supervisor {

class Watchdog {
  public:
    static constexpr std::chrono::milliseconds kPingEvery{10'000};
    static constexpr int kMaxUnanswered = 2;  // pings; before it is ready, ticks
    static constexpr int kMaxSilent = 3;      // of its own intervals without progress
    // A promise of more than that is held to be this.
    static constexpr std::chrono::milliseconds kShortestInterval{1'000};

    enum class Verdict { well, not_ready, no_answer, no_progress };

    // What its Hello promised; 0: nothing.
    void on_hello(std::uint32_t progress_interval_ms);
    void on_ready();
    void on_connected(bool is_connected);

    // How often on_progress_due() is to be called while it is connected; none: never.
    [[nodiscard]] std::optional<std::chrono::milliseconds> progress_interval() const;

    // Every kPingEvery. When well and is_ready(), a Ping goes out now.
    Verdict on_ping_due(base::SteadyTime now);
    // A Pong: how long the ping took. Nothing when none was asked.
    std::optional<std::chrono::microseconds> on_pong(base::SteadyTime now);

    Verdict on_progress_due();
    void on_progress() { silent_ = 0; }

    [[nodiscard]] bool is_ready() const { return is_ready_; }

  private:
    bool is_ready_ = false;
    bool is_connected_ = false;
    int unanswered_ = 0;
    int silent_ = 0;
    std::uint32_t progress_interval_ms_ = 0;
    std::optional<base::SteadyTime> asked_;  // the oldest ping without an answer
};

// "no answer to pings": for last_error.
std::string_view name(Watchdog::Verdict verdict);

}  // namespace gw::supervisor
