#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// System events: short lines waiting to be shown to the agent with a session's next turn. At most
// twenty a session, the oldest goes first; a line equal to the last one is dropped. In memory only.

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gw::observe {

class SystemEvents {
  public:
    static constexpr std::size_t kMaxPerSession = 20;
    static constexpr std::size_t kMaxSessions = 1000;

    void add(std::string_view session_key, std::string_view line);

    // What waits for a session, oldest first; stays waiting.
    [[nodiscard]] std::vector<std::string> waiting(std::string_view session_key) const;

  private:
    std::map<std::string, std::deque<std::string>, std::less<>> lines_;
};

}  // namespace gw::observe
