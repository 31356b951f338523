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
#include <set>
#include <string>
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

    // The lane is empty and its account below its bound: what is added next could start at once.
    [[nodiscard]] bool is_free(const LaneKey& lane) const;

    // Takes the first id whose lane is not busy and not waiting and whose account admits another;
    // the lane is busy until release(). Nothing when there is none.
    template <typename MaySend>
    std::optional<std::string> take(base::SteadyTime now, const MaySend& may_send) {
        for (auto& [key, lane] : lanes_) {
            if (!is_takeable(key, lane, now) || !may_send(key)) continue;
            return occupy(key, lane);
        }
        return std::nullopt;
    }
    // Takes exactly this id, which must be the first of a free lane.
    void take_first(const LaneKey& lane, const std::string& id);

    // The attempt of id is over but the delivery is not: its lane goes on with it, not before then.
    void put_back(const LaneKey& lane, const std::string& id, base::SteadyTime not_before);

    // The delivery is over.
    void remove(const LaneKey& lane, const std::string& id);

    // When the next waiting lane may go on.
    [[nodiscard]] std::optional<base::SteadyTime> next_due(base::SteadyTime now) const;

  private:
    struct Lane {
        std::deque<std::string> waiting;  // front first
        std::string busy_with;            // empty: nothing under way
        base::SteadyTime not_before{};
    };
    using AccountKey = std::pair<std::string, std::string>;

    [[nodiscard]] bool is_takeable(const LaneKey& key, const Lane& lane,
                                   base::SteadyTime now) const;
    [[nodiscard]] std::size_t busy_count(const LaneKey& key) const;
    std::string occupy(const LaneKey& key, Lane& lane);
    void release(const LaneKey& key, Lane& lane);

    std::map<LaneKey, Lane> lanes_;
    std::map<AccountKey, std::size_t> busy_;
};

}  // namespace gw::delivery
