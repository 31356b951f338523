#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Latencies: kept whole, sorted at the end. Rounds are short, so memory is no concern.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace gw::bench {

class Latencies {
  public:
    using Time = std::chrono::steady_clock::time_point;

    void add(Time begin, Time end) {
        using Micros = std::chrono::duration<float, std::micro>;
        values_.push_back(std::chrono::duration_cast<Micros>(end - begin).count());
    }
    void clear() { values_.clear(); }

    // Sorts. Microseconds; 0 when there are none.
    double percentile(double share) {
        if (values_.empty()) return 0;
        const auto last = static_cast<double>(values_.size() - 1);
        const auto at = values_.begin() + static_cast<std::ptrdiff_t>(last * share / 100);
        std::nth_element(values_.begin(), at, values_.end());
        return static_cast<double>(*at);
    }

  private:
    std::vector<float> values_;
};

}  // namespace gw::bench
