#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Time comes in from outside: decisions take a Clock or a time point, so tests and the simulation
// never sleep. wall_ms() is what goes on the wire and into the store; steady() measures.

#include <chrono>
#include <cstdint>
#include <string>

namespace gw::base {

using Millis = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual SteadyTime steady() const = 0;
    // Milliseconds since the Unix epoch.
    [[nodiscard]] virtual std::int64_t wall_ms() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] SteadyTime steady() const override;
    [[nodiscard]] std::int64_t wall_ms() const override;
};

// A clock that stands still until told otherwise, for tests.
class ManualClock final : public Clock {
  public:
    [[nodiscard]] SteadyTime steady() const override { return steady_; }
    [[nodiscard]] std::int64_t wall_ms() const override { return wall_ms_; }
    void advance(Millis by) {
        steady_ += by;
        wall_ms_ += by.count();
    }

  private:
    SteadyTime steady_{};
    std::int64_t wall_ms_ = 1'700'000'000'000;
};

// RFC 3339 in UTC with milliseconds: 2026-01-30T09:00:00.000Z.
std::string rfc3339(std::int64_t wall_ms);

}  // namespace gw::base
