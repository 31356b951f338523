// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/access.h"

#include <algorithm>
#include <vector>

namespace gw::channels {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool names(const std::vector<std::string>& list, std::string_view id) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& entry) {
        return entry == "*" || is_same(entry, id);
    });
}

Verdict judge_direct(const config::Account& account, const Seen& seen) {
    switch (account.dm_policy) {
        case config::DmPolicy::open: return Verdict::admitted;
        case config::DmPolicy::disabled: return Verdict::dm_refused;
        case config::DmPolicy::allowlist: break;
    }
    return names(account.allow_from, seen.sender_id) ? Verdict::admitted : Verdict::dm_refused;
}

bool is_group_sender_admitted(const config::Account& account, const Seen& seen) {
    const auto& list =
        account.group_allow_from.empty() ? account.allow_from : account.group_allow_from;
    switch (account.group_policy) {
        case config::GroupPolicy::open: return true;
        case config::GroupPolicy::disabled: return false;
        case config::GroupPolicy::allowlist: break;
    }
    return names(list, seen.sender_id);
}

Verdict judge_group(const config::Account& account, const Seen& seen) {
    // A list of groups limits which are answered, whatever the policy says about senders.
    const bool is_listed = account.groups.empty() || names(account.groups, seen.peer);
    if (!is_listed || !is_group_sender_admitted(account, seen)) return Verdict::group_refused;
    if (account.require_mention && !seen.was_mentioned) return Verdict::not_mentioned;
    return Verdict::admitted;
}

}  // namespace

std::string_view name(Verdict verdict) {
    switch (verdict) {
        case Verdict::admitted: return "admitted";
        case Verdict::is_own: return "own message";
        case Verdict::is_notice: return "notice";
        case Verdict::is_blank: return "no text";
        case Verdict::dm_refused: return "sender not admitted";
        case Verdict::group_refused: return "group or sender not admitted";
        case Verdict::not_mentioned: return "not mentioned";
    }
    return "refused";
}

Verdict judge(const config::Account& account, const Seen& seen) {
    if (!seen.self_id.empty() && is_same(seen.self_id, seen.sender_id)) return Verdict::is_own;
    if (seen.is_notice) return Verdict::is_notice;
    if (seen.is_blank) return Verdict::is_blank;
    return seen.is_group ? judge_group(account, seen) : judge_direct(account, seen);
}

}  // namespace gw::channels
