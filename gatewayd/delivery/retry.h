#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// How long a delivery pauses after an attempt that certainly did not reach the provider. Pure.

#include <chrono>

namespace gw::delivery {

inline constexpr std::chrono::milliseconds kFirstRetry{1'000};
inline constexpr std::chrono::milliseconds kMaxRetry{60'000};

// The pause after the attempt-th attempt failed: 1 s doubling to 60 s, or what the provider asked
// for if that is longer.
std::chrono::milliseconds retry_delay(int attempt, std::chrono::milliseconds retry_after);

}  // namespace gw::delivery
