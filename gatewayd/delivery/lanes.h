#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Lanes: in what order deliveries may be attempted. One at a time per (channel, account, to), in
// the order they were added; lanes side by side up to a bound per account. Pure: knows ids and
// times.

#include <compare>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace gw::delivery {

struct LaneKey {
    std::string channel;
    std::string account;
    std::string to;
    auto operator<=>(const LaneKey&) const = default;
};

class Lanes {
  public:
    // What one account may have under way at a time.
    static constexpr std::size_t kMaxPerAccount = 16;

    // Adds id behind the others of its lane.
    void add(const LaneKey& lane, const std::string& id);

    // Nothing waits in the lane, nothing is under way, and its account admits another.
    [[nodiscard]] bool is_free(const LaneKey& lane) const;

    // Takes id at once. Only when the lane is_free().
    void occupy(const LaneKey& lane, const std::string& id);

    // Takes the first id of a lane of this account that is not busy and not waiting for its time.
    // The lane is busy until put_back() or remove(). Nothing when there is none.
    std::optional<std::string> take(const std::string& channel, const std::string& account,
                                    base::SteadyTime now);

    // The attempt of id is over but the delivery is not: its lane goes on with it, not earlier than
    // not_before.
    void put_back(const LaneKey& lane, const std::string& id, base::SteadyTime not_before);

    // The delivery is over, under way or not.
    void remove(const LaneKey& lane, const std::string& id);

    // The accounts that have something in a lane: (channel, account).
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> accounts() const;

    // When the next lane that waits for its time may go on.
    [[nodiscard]] std::optional<base::SteadyTime> next_due(base::SteadyTime now) const;

  private:
    struct Lane {
        std::deque<std::string> waiting;  // front first
        std::string busy_with;            // empty: nothing under way
        base::SteadyTime not_before{};
    };
    using AccountKey = std::pair<std::string, std::string>;
    using LaneMap = std::map<LaneKey, Lane>;

    [[nodiscard]] std::size_t busy_count(const LaneKey& key) const;
    void make_busy(const LaneKey& key, Lane& lane, const std::string& id);
    void release(const LaneKey& key, Lane& lane);
    void forget_if_empty(LaneMap::iterator it);

    LaneMap lanes_;
    std::map<AccountKey, std::size_t> busy_;
};

}  // namespace gw::delivery
