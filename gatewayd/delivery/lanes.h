#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Lanes: in what order deliveries may be attempted. One at a time per (channel, account, to), in
// the order they were added; lanes side by side up to a bound per account. Pure: knows ids and
// times.

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace gw::delivery {

struct LaneKey {
    std::string channel;
    std::string account;
    std::string to;
    bool operator==(const LaneKey&) const = default;
};

class Lanes {
  public:
    // What one account may have under way at a time.
    static constexpr std::size_t kMaxPerAccount = 64;

    // Adds id behind the others of its lane.
    void add(const LaneKey& lane, const std::string& id);

    // Nothing waits in the lane, nothing is under way, and its account admits another.
    [[nodiscard]] bool is_free(const LaneKey& lane) const;

    // Takes id at once. Only when the lane is_free().
    void occupy(const LaneKey& lane, const std::string& id);

    // id was under way in an earlier process: it holds its lane, whatever its account has under
    // way. False when another one holds it: the end of that one was not committed.
    bool resume(const LaneKey& lane, const std::string& id);

    // Takes the first id of a lane of this account that is not busy and not waiting for its time;
    // lanes take turns. The lane is busy until put_back() or remove(). Nothing when there is none.
    std::optional<std::string> take(std::string_view channel, std::string_view account,
                                    base::SteadyTime now);

    // The attempt of id is over but the delivery is not: its lane goes on with it, not earlier than
    // not_before.
    void put_back(const LaneKey& lane, const std::string& id, base::SteadyTime not_before);

    // The delivery is over, under way or not.
    void remove(const LaneKey& lane, const std::string& id);

    // The accounts that have something in a lane: (channel, account).
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> accounts() const;

    // Deliveries of one account, waiting and under way.
    [[nodiscard]] std::size_t count(std::string_view channel, std::string_view account) const;

    // The first id of each lane of one account, under way or waiting: nothing in it is older.
    [[nodiscard]] std::vector<std::string> heads(std::string_view channel,
                                                 std::string_view account) const;

    // The lanes whose time has come no longer wait for it.
    void wake(base::SteadyTime now);

    // When the next lane that waits for its time may go on; in the past until it was woken.
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;

  private:
    struct Lane {
        std::deque<std::string> waiting;  // front first
        std::string busy_with;            // empty: nothing under way
        base::SteadyTime not_before{};
        bool is_listed = false;  // among the account's runnable ones
    };
    struct Account {
        std::unordered_map<std::string, Lane> lanes;  // by recipient
        std::deque<std::string> runnable;             // recipients, in turn; may be outdated
        std::set<std::pair<base::SteadyTime, std::string>> pauses;
        std::size_t busy = 0;
        std::size_t count = 0;
    };
    using AccountKey = std::pair<std::string, std::string>;
    struct Less {
        using is_transparent = void;
        bool operator()(const auto& a, const auto& b) const {
            const std::string_view a_channel = a.first, b_channel = b.first;
            return a_channel != b_channel ? a_channel < b_channel
                                          : std::string_view(a.second) < std::string_view(b.second);
        }
    };
    using Accounts = std::map<AccountKey, Account, Less>;

    Account& account_of(const LaneKey& key);
    static void wake(Account& account, base::SteadyTime now);
    static void make_runnable(Account& account, const std::string& to, Lane& lane);
    static void make_busy(Account& account, Lane& lane, const std::string& id);
    static void release(Account& account, Lane& lane);

    Accounts accounts_;
};

}  // namespace gw::delivery
