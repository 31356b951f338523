// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/delivery/lanes.h"

#include <algorithm>

#include "base/check.h"

namespace gw::delivery {

void Lanes::add(const LaneKey& lane, const std::string& id) {
    lanes_[lane].waiting.push_back(id);
}

bool Lanes::is_free(const LaneKey& lane) const {
    const auto it = lanes_.find(lane);
    if (it != lanes_.end()) return false;  // lanes with nothing in them are forgotten
    return busy_count(lane) < kMaxPerAccount;
}

void Lanes::occupy(const LaneKey& lane, const std::string& id) {
    GW_ASSERT(is_free(lane), "a lane carries one delivery at a time");
    make_busy(lane, lanes_[lane], id);
}

std::optional<std::string> Lanes::take(const std::string& channel, const std::string& account,
                                       base::SteadyTime now) {
    // Lanes of an account are neighbours, since the key sorts by channel and account first.
    for (auto it = lanes_.lower_bound({channel, account, {}}); it != lanes_.end(); ++it) {
        const auto& [key, lane] = *it;
        if (key.channel != channel || key.account != account) return std::nullopt;
        if (busy_count(key) >= kMaxPerAccount) return std::nullopt;
        if (!lane.busy_with.empty() || lane.waiting.empty() || lane.not_before > now) continue;
        std::string id = lane.waiting.front();
        it->second.waiting.pop_front();
        make_busy(key, it->second, id);
        return id;
    }
    return std::nullopt;
}

void Lanes::put_back(const LaneKey& lane, const std::string& id, base::SteadyTime not_before) {
    const auto it = lanes_.find(lane);
    GW_ASSERT(it != lanes_.end() && it->second.busy_with == id, "only what was taken is put back");
    release(lane, it->second);
    it->second.waiting.push_front(id);
    it->second.not_before = not_before;
}

void Lanes::remove(const LaneKey& lane, const std::string& id) {
    const auto it = lanes_.find(lane);
    if (it == lanes_.end()) return;
    if (it->second.busy_with == id) {
        release(lane, it->second);
    } else {
        auto& waiting = it->second.waiting;
        const auto first = waiting.empty() ? std::string() : waiting.front();
        std::erase(waiting, id);
        // What the lane waited for was the head's; the next one has no reason to.
        if (first == id) it->second.not_before = {};
    }
    forget_if_empty(it);
}

std::vector<std::pair<std::string, std::string>> Lanes::accounts() const {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [key, lane] : lanes_) {
        const bool is_seen =
            !all.empty() && all.back().first == key.channel && all.back().second == key.account;
        if (!is_seen) all.emplace_back(key.channel, key.account);
    }
    return all;
}

std::optional<base::SteadyTime> Lanes::next_due(base::SteadyTime now) const {
    std::optional<base::SteadyTime> due;
    for (const auto& [key, lane] : lanes_) {
        if (!lane.busy_with.empty() || lane.waiting.empty() || lane.not_before <= now) continue;
        due = due ? std::min(*due, lane.not_before) : lane.not_before;
    }
    return due;
}

std::size_t Lanes::busy_count(const LaneKey& key) const {
    const auto it = busy_.find({key.channel, key.account});
    return it == busy_.end() ? 0 : it->second;
}

void Lanes::make_busy(const LaneKey& key, Lane& lane, const std::string& id) {
    lane.busy_with = id;
    lane.not_before = {};
    ++busy_[{key.channel, key.account}];
}

void Lanes::release(const LaneKey& key, Lane& lane) {
    lane.busy_with.clear();
    const auto it = busy_.find({key.channel, key.account});
    GW_ASSERT(it != busy_.end() && it->second > 0, "what is released was taken");
    if (--it->second == 0) busy_.erase(it);
}

void Lanes::forget_if_empty(LaneMap::iterator it) {
    if (it->second.busy_with.empty() && it->second.waiting.empty()) lanes_.erase(it);
}

}  // namespace gw::delivery
