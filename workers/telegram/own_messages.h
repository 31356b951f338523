#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// OwnMessages: which messages are ours, as far back as this process remembers: the latest few
// thousand. Bots are not told who wrote the message that somebody reacts to.

#include <cstddef>
#include <deque>
#include <set>
#include <string>
#include <utility>

namespace gw::telegram {

class OwnMessages {
  public:
    static constexpr std::size_t kMax = 4096;

    void add(const std::string& chat, const std::string& message_id) {
        if (!known_.emplace(chat, message_id).second) return;
        order_.emplace_back(chat, message_id);
        if (order_.size() <= kMax) return;
        known_.erase(order_.front());
        order_.pop_front();
    }
    [[nodiscard]] bool contains(const std::string& chat, const std::string& message_id) const {
        return known_.contains({chat, message_id});
    }

  private:
    std::set<std::pair<std::string, std::string>> known_;
    std::deque<std::pair<std::string, std::string>> order_;  // oldest first
};

}  // namespace gw::telegram
