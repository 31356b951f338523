// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/histogram.h"

#include <algorithm>
#include <numeric>

namespace gw::base {

void Histogram::observe(std::chrono::microseconds took) {
    took = std::max(took, std::chrono::microseconds(0));
    ++count_;
    sum_ += took;
    const double seconds = static_cast<double>(took.count()) / 1e6;
    const auto bucket = std::ranges::lower_bound(kBounds, seconds);
    if (bucket != kBounds.end()) ++buckets_[static_cast<std::size_t>(bucket - kBounds.begin())];
}

std::uint64_t Histogram::at_most(std::size_t i) const {
    const auto end = buckets_.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    return std::accumulate(buckets_.begin(), end, std::uint64_t{0});
}

}  // namespace gw::base
