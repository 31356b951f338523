// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/delivery/retry.h"

#include <algorithm>

namespace gw::delivery {

std::chrono::milliseconds retry_delay(int attempt, std::chrono::milliseconds retry_after) {
    auto delay = kFirstRetry;
    for (int i = 1; i < attempt && delay < kMaxRetry; ++i)
        delay *= 2;
    return std::max(std::min(delay, kMaxRetry), retry_after);
}

Verdict judge(Failure failure, int attempt, std::chrono::milliseconds retry_after,
              std::int64_t now_ms, std::int64_t expires_ms) {
    switch (failure) {
        case Failure::permanent: return {.end = store::DeliveryState::failed};
        case Failure::uncertain: return {.end = store::DeliveryState::uncertain};
        case Failure::transient: break;
    }
    const auto delay = retry_delay(attempt, retry_after);
    if (now_ms + delay.count() >= expires_ms) return {.end = store::DeliveryState::expired};
    return {.is_retried = true, .delay = delay};
}

}  // namespace gw::delivery
