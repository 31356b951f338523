// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/agents/rate_limit.h"

namespace gw::agents {

bool RateLimit::admit(const std::string& key, base::SteadyTime now) {
    if (now - last_sweep_ >= window_) forget_idle(now);
    auto& turns = turns_[key];
    while (!turns.empty() && now - turns.front() >= window_)
        turns.pop_front();
    if (turns.size() >= per_window_) return false;
    turns.push_back(now);
    return true;
}

void RateLimit::forget_idle(base::SteadyTime now) {
    last_sweep_ = now;
    std::erase_if(turns_, [&](const auto& entry) {
        return entry.second.empty() || now - entry.second.back() >= window_;
    });
}

}  // namespace gw::agents
