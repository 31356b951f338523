#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Backoff: how long to wait before Telegram is asked again, longer each time until it answers.

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/random.h"

namespace gw::telegram {

class Backoff {
  public:
    // 2 s, then 1.8 times as long up to 30 s, give or take a quarter.
    [[nodiscard]] std::chrono::milliseconds next() {
        const double factor = 0.75 + 0.5 * base::random_unit();
        const auto delay = static_cast<std::int64_t>(seconds_ * factor * 1000);
        seconds_ = std::min(30.0, seconds_ * 1.8);
        return std::chrono::milliseconds(delay);
    }
    void reset() { seconds_ = 2.0; }

  private:
    double seconds_ = 2.0;
};

}  // namespace gw::telegram
