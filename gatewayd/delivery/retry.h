#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What becomes of a delivery after an attempt that did not succeed. Pure.

#include <chrono>
#include <cstdint>

#include "gatewayd/delivery/failure.h"
#include "store/deliveries.h"

namespace gw::delivery {

inline constexpr std::chrono::milliseconds kFirstRetry{1'000};
inline constexpr std::chrono::milliseconds kMaxRetry{60'000};

// The pause after the attempt-th attempt failed: 1 s doubling to 60 s, or what the provider asked
// for if that is longer.
std::chrono::milliseconds retry_delay(int attempt, std::chrono::milliseconds retry_after);

struct Verdict {
    bool is_retried = false;
    std::chrono::milliseconds delay{0};                          // when retried
    store::DeliveryState end = store::DeliveryState::uncertain;  // when not

    bool operator==(const Verdict&) const = default;
};

// A transient failure is retried as long as the delivery has not expired by then.
Verdict judge(Failure failure, int attempt, std::chrono::milliseconds retry_after,
              std::int64_t now_ms, std::int64_t expires_ms);

}  // namespace gw::delivery
