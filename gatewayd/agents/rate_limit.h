#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// RateLimit: how many turns a session may take in a sliding window. Pure: time comes in.

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "base/clock.h"

namespace gw::agents {

class RateLimit {
  public:
    RateLimit(std::size_t per_window, base::Millis window)
        : per_window_(per_window), window_(window) {}

    // Counts a turn of key, unless there were too many: then nothing is counted.
    bool admit(const std::string& key, base::SteadyTime now);

  private:
    void forget_idle(base::SteadyTime now);

    std::size_t per_window_;
    base::Millis window_;
    std::map<std::string, std::deque<base::SteadyTime>> turns_;
    base::SteadyTime last_sweep_{};
};

}  // namespace gw::agents
