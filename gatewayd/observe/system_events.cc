// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/observe/system_events.h"

namespace gw::observe {

void SystemEvents::add(std::string_view session_key, std::string_view line) {
    auto session = lines_.find(session_key);
    if (session == lines_.end()) {
        if (lines_.size() >= kMaxSessions) lines_.erase(lines_.begin());
        session = lines_.emplace(session_key, std::deque<std::string>()).first;
    }
    std::deque<std::string>& queue = session->second;
    if (!queue.empty() && queue.back() == line) return;
    queue.emplace_back(line);
    if (queue.size() > kMaxPerSession) queue.pop_front();
}

std::vector<std::string> SystemEvents::waiting(std::string_view session_key) const {
    const auto session = lines_.find(session_key);
    if (session == lines_.end()) return {};
    return {session->second.begin(), session->second.end()};
}

}  // namespace gw::observe
