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

}  // namespace gw::delivery
