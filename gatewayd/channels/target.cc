// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/target.h"

#include <algorithm>

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

const config::Account* find_account(const std::vector<config::Account>& accounts,
                                    std::string_view channel, std::string_view account) {
    const auto it = std::find_if(accounts.begin(), accounts.end(), [&](const auto& one) {
        return one.channel == channel && one.account == account;
    });
    return it == accounts.end() ? nullptr : &*it;
}

// The kind of conversation a target names, as far as its form tells: the worker knows the rest.
std::string chat_type_of(std::string_view channel, std::string_view to) {
    constexpr std::string_view kIrcChannelPrefixes = "#&+!";
    const bool is_irc_channel =
        channel == "irc" && kIrcChannelPrefixes.find(to.front()) != std::string_view::npos;
    return is_irc_channel ? "channel" : "direct";
}

}  // namespace

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
                  .session_key = {}};
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
    return target;
}

}  // namespace gw::channels
