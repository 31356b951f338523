// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/target.h"

#include <algorithm>

#include "gatewayd/access/ids.h"
#include "gatewayd/channels/catalog.h"
#include "gatewayd/sessions/keys.h"

namespace gw::channels {

namespace {

std::string trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(kBlank) - first + 1));
}

// What clients mean when they name no channel: whatsapp, as everywhere in this protocol, unless
// there is no such account and just one other channel.
std::string default_channel(const std::vector<config::Account>& accounts) {
    std::string only;
    for (const auto& account : accounts) {
        if (account.channel == "whatsapp") return account.channel;
        if (!only.empty() && only != account.channel) return "whatsapp";
        only = account.channel;
    }
    return only.empty() ? "whatsapp" : only;
}

// The kind of conversation a target names, as far as its form tells: the worker knows the rest.
std::string chat_type_of(std::string_view channel, std::string_view to) {
    constexpr std::string_view kIrcChannelPrefixes = "#&+!";
    const bool is_irc_channel =
        channel == "irc" && kIrcChannelPrefixes.find(to.front()) != std::string_view::npos;
    // Telegram's ids of groups are below zero.
    if (channel == "telegram" && to.front() == '-') return "group";
    return is_irc_channel ? "channel" : "direct";
}

// "telegram:-100:topic:7" is the topic 7 of the group -100.
void read_telegram(Target& target) {
    constexpr std::string_view kTopic = ":topic:";
    target.to = access::without_prefix("telegram", target.to);
    const auto at = target.to.find(kTopic);
    if (at == std::string::npos) return;
    target.thread = target.to.substr(at + kTopic.size());
    target.to.resize(at);
}

}  // namespace

const config::Account* find_account(const std::vector<config::Account>& accounts,
                                    std::string_view channel, std::string_view account) {
    const auto it = std::find_if(accounts.begin(), accounts.end(), [&](const auto& one) {
        return one.channel == channel && one.account == account;
    });
    return it == accounts.end() ? nullptr : &*it;
}

const config::Account* find_default_account(const std::vector<config::Account>& accounts,
                                            std::string_view channel) {
    if (const auto* named = find_account(accounts, channel, "default")) return named;
    const auto it = std::find_if(accounts.begin(), accounts.end(),
                                 [&](const auto& one) { return one.channel == channel; });
    return it == accounts.end() ? nullptr : &*it;
}

Result<Target> resolve(const TargetRequest& request, const config::Config& config) {
    const std::string channel =
        request.channel.empty() ? default_channel(config.accounts) : channel_id_of(request.channel);
    const auto* fallback = find_default_account(config.accounts, channel);
    if (fallback == nullptr) {
        const std::string& said = request.channel.empty() ? channel : request.channel;
        return fail(Errc::invalid_input, "unsupported channel: " + said);
    }
    const std::string account = trimmed(request.account);
    const auto* chosen =
        account.empty() ? fallback : find_account(config.accounts, channel, account);
    if (chosen == nullptr) {
        return fail(Errc::invalid_input, "unknown account of " + channel + ": " + account);
    }
    Target target{.channel = channel,
                  .account = chosen->account,
                  .to = trimmed(request.to),
                  .chat_type = {},
                  .session_key = {},
                  .thread = trimmed(request.thread)};
    if (channel == "telegram") read_telegram(target);
    if (target.to.empty()) {
        return fail(Errc::invalid_input, "Error: Delivering to " +
                                             std::string(info_of(channel).label) +
                                             " requires target <to>");
    }
    target.chat_type = chat_type_of(channel, target.to);
    target.session_key =
        target.chat_type == "direct"
            ? sessions::direct_key(sessions::dm_scope_of(config.dm_scope), config.default_agent,
                                   channel, target.account, target.to)
            : sessions::group_key(config.default_agent, channel, target.chat_type, target.to);
    target.session_key = sessions::thread_key(target.session_key, channel, target.thread);
    return target;
}

}  // namespace gw::channels
