#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Random: every draw of one simulated history. The same seed draws the same numbers everywhere
// (SplitMix64, Steele, Lea and Flood 2014).

#include <chrono>
#include <cstdint>

namespace gw::sim {

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    // 0 … bound - 1.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    double unit() { return static_cast<double>(next() >> 11) / 9007199254740992.0; }
    bool chance(double probability) { return unit() < probability; }
    // Mostly near low, seldom near high: as waiting times are.
    std::chrono::nanoseconds between(std::chrono::nanoseconds low, std::chrono::nanoseconds high) {
        const double u = unit();
        const auto span = static_cast<double>((high - low).count());
        return low + std::chrono::nanoseconds(static_cast<std::int64_t>(span * u * u * u));
    }

  private:
    std::uint64_t state_;
};

}  // namespace gw::sim
