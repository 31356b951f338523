#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Histogram: how often something took how long, in buckets that are the same everywhere, so that
// two can be compared. A value without a lock: it belongs to the thread that observes.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gw::base {

class Histogram {
  public:
    // Upper bounds in seconds; what took longer is in none but in count().
    static constexpr std::array<double, 14> kBounds = {
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};

    // Less than nothing, which clocks of two origins can yield, counts as nothing.
    void observe(std::chrono::microseconds took);

    // How often it took at most kBounds[i].
    [[nodiscard]] std::uint64_t at_most(std::size_t i) const;
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double sum_seconds() const { return static_cast<double>(sum_.count()) / 1e6; }

  private:
    std::array<std::uint64_t, kBounds.size()> buckets_{};  // each without those before it
    std::uint64_t count_ = 0;
    std::chrono::microseconds sum_{0};
};

}  // namespace gw::base
