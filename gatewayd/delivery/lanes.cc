// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/delivery/lanes.h"

#include <algorithm>

#include "base/check.h"

namespace gw::delivery {

void Lanes::add(const LaneKey& key, const std::string& id) {
    Account& account = account_of(key);
    Lane& lane = account.lanes[key.to];
    lane.waiting.push_back(id);
    ++account.count;
    make_runnable(account, key.to, lane);
}

bool Lanes::is_free(const LaneKey& key) const {
    const auto it =
        accounts_.find(std::pair<std::string_view, std::string_view>(key.channel, key.account));
    if (it == accounts_.end()) return true;
    // Lanes with nothing in them are forgotten.
    return !it->second.lanes.contains(key.to) && it->second.busy < kMaxPerAccount;
}

void Lanes::occupy(const LaneKey& key, const std::string& id) {
    GW_ASSERT(is_free(key), "a lane carries one delivery at a time");
    resume(key, id);
}

bool Lanes::resume(const LaneKey& key, const std::string& id) {
    Account& account = account_of(key);
    Lane& lane = account.lanes[key.to];
    if (!lane.busy_with.empty()) return false;
    ++account.count;
    make_busy(account, lane, id);
    return true;
}

std::optional<std::string> Lanes::take(std::string_view channel, std::string_view name,
                                       base::SteadyTime now) {
    const auto found = accounts_.find(std::pair<std::string_view, std::string_view>(channel, name));
    if (found == accounts_.end()) return std::nullopt;
    Account& account = found->second;
    wake(account, now);
    while (account.busy < kMaxPerAccount && !account.runnable.empty()) {
        const std::string to = std::move(account.runnable.front());
        account.runnable.pop_front();
        const auto it = account.lanes.find(to);
        if (it == account.lanes.end()) continue;
        Lane& lane = it->second;
        lane.is_listed = false;
        if (!lane.busy_with.empty() || lane.waiting.empty()) continue;
        if (lane.not_before > now) {
            account.pauses.emplace(lane.not_before, to);
            continue;
        }
        std::string id = std::move(lane.waiting.front());
        lane.waiting.pop_front();
        make_busy(account, lane, id);
        return id;
    }
    return std::nullopt;
}

void Lanes::put_back(const LaneKey& key, const std::string& id, base::SteadyTime not_before) {
    Account& account = account_of(key);
    Lane& lane = account.lanes[key.to];
    GW_ASSERT(lane.busy_with == id, "only what was taken is put back");
    release(account, lane);
    lane.waiting.push_front(id);
    lane.not_before = not_before;
    // Until its time it is not looked at.
    account.pauses.emplace(not_before, key.to);
}

void Lanes::remove(const LaneKey& key, const std::string& id) {
    Account& account = account_of(key);
    const auto it = account.lanes.find(key.to);
    if (it == account.lanes.end()) return;
    Lane& lane = it->second;
    if (lane.busy_with == id) {
        release(account, lane);
        --account.count;
    } else {
        const bool was_first = !lane.waiting.empty() && lane.waiting.front() == id;
        account.count -= std::erase(lane.waiting, id);
        // What the lane waited for was the head's; the next one has no reason to.
        if (was_first) lane.not_before = {};
    }
    if (lane.busy_with.empty() && lane.waiting.empty()) {
        account.lanes.erase(it);
        if (account.lanes.empty()) accounts_.erase({key.channel, key.account});
    } else {
        make_runnable(account, key.to, lane);
    }
}

std::vector<std::pair<std::string, std::string>> Lanes::accounts() const {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [key, account] : accounts_)
        all.push_back(key);
    return all;
}

std::size_t Lanes::count(std::string_view channel, std::string_view name) const {
    const auto it = accounts_.find(std::pair<std::string_view, std::string_view>(channel, name));
    return it == accounts_.end() ? 0 : it->second.count;
}

std::vector<std::string> Lanes::heads(std::string_view channel, std::string_view name) const {
    std::vector<std::string> ids;
    const auto it = accounts_.find(std::pair<std::string_view, std::string_view>(channel, name));
    if (it == accounts_.end()) return ids;
    for (const auto& [to, lane] : it->second.lanes)
        ids.push_back(lane.busy_with.empty() ? lane.waiting.front() : lane.busy_with);
    return ids;
}

void Lanes::wake(base::SteadyTime now) {
    for (auto& [key, account] : accounts_)
        wake(account, now);
}

std::optional<base::SteadyTime> Lanes::next_due() const {
    std::optional<base::SteadyTime> due;
    for (const auto& [key, account] : accounts_) {
        if (account.pauses.empty()) continue;
        const auto first = account.pauses.begin()->first;
        due = due ? std::min(*due, first) : first;
    }
    return due;
}

Lanes::Account& Lanes::account_of(const LaneKey& key) {
    return accounts_[{key.channel, key.account}];
}

void Lanes::wake(Account& account, base::SteadyTime now) {
    while (!account.pauses.empty() && account.pauses.begin()->first <= now) {
        const std::string to = account.pauses.begin()->second;
        account.pauses.erase(account.pauses.begin());
        if (const auto it = account.lanes.find(to); it != account.lanes.end()) {
            make_runnable(account, to, it->second);
        }
    }
}

void Lanes::make_runnable(Account& account, const std::string& to, Lane& lane) {
    if (lane.is_listed || !lane.busy_with.empty() || lane.waiting.empty()) return;
    lane.is_listed = true;
    account.runnable.push_back(to);
}

void Lanes::make_busy(Account& account, Lane& lane, const std::string& id) {
    lane.busy_with = id;
    lane.not_before = {};
    ++account.busy;
}

void Lanes::release(Account& account, Lane& lane) {
    GW_ASSERT(account.busy > 0, "what is released was taken");
    lane.busy_with.clear();
    --account.busy;
}

}  // namespace gw::delivery
