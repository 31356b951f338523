// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/access/judge.h"

#include <algorithm>
#include <vector>

#include "gatewayd/access/ids.h"

namespace gw::access {

namespace {

constexpr std::string_view kAnybody = "*";

bool names_sender(const std::string& channel, std::string_view entry, const Facts& facts) {
    if (entry == kAnybody) return true;
    entry = without_prefix(channel, entry);
    if (channel == "telegram" && entry.starts_with('@')) {
        return !facts.sender_username.empty() && is_same(entry.substr(1), facts.sender_username);
    }
    // A nick belongs to whoever takes it; only the services' accounts belong to somebody.
    const bool is_account = channel == "irc" && entry.find('!') == std::string_view::npos;
    if (is_account && facts.sender_is_mutable) return false;
    return is_same(entry, facts.sender_id);
}

bool names_sender(const std::string& channel, const std::vector<std::string>& list,
                  const Facts& facts) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& entry) {
        return names_sender(channel, entry, facts);
    });
}

Verdict judge_direct(const config::Account& account, const Facts& facts) {
    const Verdict admitted = facts.is_happening ? Verdict::is_happening : Verdict::admitted;
    if (account.dm_policy == config::DmPolicy::disabled) return Verdict::dm_refused;
    if (account.dm_policy == config::DmPolicy::open) return admitted;
    if (facts.is_paired || names_sender(account.channel, account.allow_from, facts)) {
        return admitted;
    }
    const bool may_pair = account.dm_policy == config::DmPolicy::pairing && !facts.is_happening &&
                          facts.sender_id != kAnybody;
    return may_pair ? Verdict::may_pair : Verdict::dm_refused;
}

// What holds for one group and topic: the nearest entry that says something.
struct Rules {
    bool is_admitted = true;  // listed, and not switched off
    bool require_mention = true;
    const std::vector<std::string>* allow_from = nullptr;
};

void narrow(Rules& rules, const auto& entry) {
    if (!entry.is_enabled) rules.is_admitted = false;
    if (entry.require_mention) rules.require_mention = *entry.require_mention;
    if (entry.allow_from) rules.allow_from = &*entry.allow_from;
}

const config::GroupRules* find_group(const config::Account& account, std::string_view peer) {
    for (const auto& [id, rules] : account.groups) {
        if (is_same(without_prefix(account.channel, id), peer)) return &rules;
    }
    return nullptr;
}

Rules rules_of(const config::Account& account, const Facts& facts) {
    Rules rules;
    rules.require_mention = account.require_mention;
    if (account.groups.empty()) return rules;
    const config::GroupRules* own = find_group(account, facts.peer);
    const auto all = account.groups.find(std::string(kAnybody));
    rules.is_admitted = own != nullptr || all != account.groups.end();
    if (all != account.groups.end()) narrow(rules, all->second);
    if (own == nullptr) return rules;
    // Who is listed is not switched off by what holds for everybody else.
    rules.is_admitted = true;
    narrow(rules, *own);
    if (const auto topic = own->topics.find(facts.thread); topic != own->topics.end()) {
        narrow(rules, topic->second);
    }
    return rules;
}

bool is_group_sender_admitted(const config::Account& account, const Rules& rules,
                              const Facts& facts) {
    if (rules.allow_from != nullptr) {
        return names_sender(account.channel, *rules.allow_from, facts);
    }
    if (account.group_policy == config::GroupPolicy::open) return true;
    if (!account.group_allow_from.empty()) {
        return names_sender(account.channel, account.group_allow_from, facts);
    }
    return facts.is_paired || names_sender(account.channel, account.allow_from, facts);
}

Verdict judge_group(const config::Account& account, const Facts& facts) {
    if (account.group_policy == config::GroupPolicy::disabled) return Verdict::group_refused;
    // A list of groups limits which are answered, whatever the policy says about senders.
    const Rules rules = rules_of(account, facts);
    if (!rules.is_admitted || !is_group_sender_admitted(account, rules, facts)) {
        return Verdict::group_refused;
    }
    if (facts.is_happening) return Verdict::is_happening;
    if (rules.require_mention && !facts.was_mentioned) return Verdict::not_mentioned;
    return Verdict::admitted;
}

}  // namespace

std::string_view name(Verdict verdict) {
    switch (verdict) {
        case Verdict::admitted: return "admitted";
        case Verdict::is_happening: return "happening";
        case Verdict::is_own: return "own message";
        case Verdict::is_notice: return "notice";
        case Verdict::is_blank: return "no text";
        case Verdict::may_pair: return "sender not paired";
        case Verdict::dm_refused: return "sender not admitted";
        case Verdict::group_refused: return "group or sender not admitted";
        case Verdict::not_mentioned: return "not mentioned";
    }
    return "refused";
}

Verdict judge(const config::Account& account, const Facts& facts) {
    if (!facts.self_id.empty() && is_same(facts.self_id, facts.sender_id)) return Verdict::is_own;
    if (facts.is_notice) return Verdict::is_notice;
    if (facts.is_blank) return Verdict::is_blank;
    return facts.is_group ? judge_group(account, facts) : judge_direct(account, facts);
}

}  // namespace gw::access
