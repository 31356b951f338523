// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/config/channels.h"

#include <algorithm>

#include "base/file.h"
#include "gatewayd/config/groups.h"
#include "gatewayd/config/webhook_path.h"

namespace gw::config {

namespace {

// Keys whose values are secrets: they go to the worker over its socket and are masked everywhere.
constexpr std::string_view kSecretKeys[] = {"password",      "token",        "botToken",
                                            "appToken",      "userToken",    "signingSecret",
                                            "webhookSecret", "saslPassword", "nickservPassword"};

constexpr std::size_t kMaxTokenFileBytes = 4096;

// Keys read by the core. Everything else in a block is the worker's business and handed on.
constexpr std::string_view kCoreKeys[] = {
    "enabled",        "accounts",       "dmPolicy", "allowFrom",   "groupPolicy", "groups",
    "groupAllowFrom", "requireMention", "name",     "webhookPath", "replyToMode"};

template <std::size_t N>
bool is_one_of(std::string_view key, const std::string_view (&list)[N]) {
    return std::find(std::begin(list), std::end(list), key) != std::end(list);
}

bool is_channel_name(std::string_view name) {
    return !name.empty() && name.size() <= 32 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
               std::string_view::npos;
}

// Where answers refer to what they answer unless somebody says otherwise.
ReplyToMode default_reply_to_mode(std::string_view channel) {
    return channel == "telegram" ? ReplyToMode::first : ReplyToMode::off;
}

void read_access(Section& block, Account& account) {
    if (const auto policy = block.word("dmPolicy", {"allowlist", "pairing", "open", "disabled"})) {
        account.dm_policy = *policy == "open"       ? DmPolicy::open
                            : *policy == "disabled" ? DmPolicy::disabled
                            : *policy == "pairing"  ? DmPolicy::pairing
                                                    : DmPolicy::allowlist;
    }
    if (auto list = block.texts("allowFrom")) account.allow_from = std::move(*list);
    if (const auto policy = block.word("groupPolicy", {"allowlist", "open", "disabled"})) {
        account.group_policy = *policy == "open"       ? GroupPolicy::open
                               : *policy == "disabled" ? GroupPolicy::disabled
                                                       : GroupPolicy::allowlist;
    }
    if (auto groups = read_groups(block)) account.groups = std::move(*groups);
    if (auto list = block.texts("groupAllowFrom")) account.group_allow_from = std::move(*list);
    if (const auto flag = block.boolean("requireMention")) account.require_mention = *flag;
    if (const auto mode = block.word("replyToMode", {"off", "first", "all"})) {
        account.reply_to_mode = *mode == "off"     ? ReplyToMode::off
                                : *mode == "first" ? ReplyToMode::first
                                                   : ReplyToMode::all;
    }
}

// Of the account as a whole: the policy may stand in the channel's block and the list in its own.
void check_access(const Section& block, const Account& account) {
    const bool everybody = std::find(account.allow_from.begin(), account.allow_from.end(), "*") !=
                           account.allow_from.end();
    if (account.dm_policy == DmPolicy::open && !everybody) {
        block.complain("dmPolicy", "\"open\" requires allowFrom to include \"*\"");
    }
}

// The account's own settings over the channel's, as one JSON object without secrets.
std::string settings_of(const Section& channel, const Section* own,
                        const std::string& token_file_problem) {
    std::string out;
    json::Writer writer(out);
    writer.begin_object();
    const auto is_handed_on = [](std::string_view key) {
        return !is_one_of(key, kCoreKeys) && !is_one_of(key, kSecretKeys);
    };
    for (const auto member : channel.value().members()) {
        const bool is_overridden = own != nullptr && own->value().find(member.key).has_value();
        if (!is_handed_on(member.key) || is_overridden) continue;
        writer.foreign_key(member.key).value(member.value());
    }
    if (own != nullptr) {
        for (const auto member : own->value().members()) {
            if (is_handed_on(member.key)) writer.foreign_key(member.key).value(member.value());
        }
    }
    if (!token_file_problem.empty()) writer.field("tokenFileProblem", token_file_problem);
    writer.end_object();
    return out;
}

// Workers read no files. A token in one wins over a token beside it; where the file cannot be read
// there is none, and the worker says why.
void read_token_file(Section& block, Account& account) {
    const auto path = block.text("tokenFile");
    if (!path) return;
    auto text = base::read_file(*path, kMaxTokenFileBytes);
    account.secrets.erase("botToken");
    account.token_file_problem.clear();
    if (!text) {
        account.token_file_problem = text.error().message;
        return;
    }
    const auto end = text->find_last_not_of(" \t\r\n");
    text->resize(end == std::string::npos ? 0 : end + 1);
    account.secrets.insert_or_assign("botToken", base::Secret(*text));
}

void read_secrets(Section& block, Account& account) {
    for (const std::string_view key : kSecretKeys) {
        if (const auto secret = block.text(key)) {
            account.secrets.insert_or_assign(std::string(key), base::Secret(*secret));
            if (key == "botToken") account.token_file_problem.clear();
        }
    }
    read_token_file(block, account);
}

void read_webhook_path(Section& block, Account& account) {
    auto path = block.text("webhookPath");
    if (!path) return;
    if (auto problem = find_webhook_path_problem(*path)) {
        return block.complain("webhookPath", std::move(*problem));
    }
    account.webhook_path = std::move(*path);
}

Account read_account(Section& channel, Section* own, const std::string& name) {
    Account account;
    account.channel = channel.path().substr(channel.path().rfind('.') + 1);
    account.account = name;
    account.reply_to_mode = default_reply_to_mode(account.channel);
    const bool is_channel_on = channel.boolean("enabled").value_or(true);
    account.enabled = is_channel_on;
    read_access(channel, account);
    read_secrets(channel, account);
    read_webhook_path(channel, account);
    if (own != nullptr) {
        account.enabled = is_channel_on && own->boolean("enabled").value_or(true);
        read_access(*own, account);
        read_secrets(*own, account);
        read_webhook_path(*own, account);
    }
    check_access(own != nullptr ? *own : channel, account);
    account.settings_json = settings_of(channel, own, account.token_file_problem);
    return account;
}

void read_channel(Section& block, std::vector<Account>& accounts) {
    auto own = block.section("accounts");
    if (!own) {
        accounts.push_back(read_account(block, nullptr, "default"));
        return;
    }
    for (auto& [name, section] : own->sections()) {
        accounts.push_back(read_account(block, &section, name));
    }
}

std::string who(const Account& account) {
    return "channels." + account.channel + " (account " + account.account + ")";
}

// A request reaches one account, so no two may wait for it on the same path.
void check_webhook_paths(const Section& block, const std::vector<Account>& others,
                         const std::vector<Account>& own) {
    for (std::size_t i = 0; i < own.size(); ++i) {
        const auto has_same = [&path = own[i].webhook_path](const Account& other) {
            return !path.empty() && other.webhook_path == path;
        };
        const auto before = own.begin() + static_cast<std::ptrdiff_t>(i);
        const auto among_others = std::find_if(others.begin(), others.end(), has_same);
        const auto among_own = std::find_if(own.begin(), before, has_same);
        if (among_others == others.end() && among_own == before) continue;
        const Account& holder = among_others != others.end() ? *among_others : *among_own;
        block.complain("webhookPath", own[i].webhook_path + " of " + who(own[i]) +
                                          " is already that of " + who(holder));
    }
}

}  // namespace

std::vector<Account> read_channels(const Reading& reading, json::Value channels) {
    std::vector<Account> all;
    Section file(reading, channels, "channels");
    file.ignore({"defaults"});
    for (const auto member : channels.members()) {
        if (member.key == "defaults") continue;
        const std::string path = "channels." + std::string(member.key);
        if (!is_channel_name(member.key)) {
            reading.complain(path, "a channel's name is written with a-z, 0-9 and -");
            continue;
        }
        if (!member.value().is_object()) {
            reading.complain(path, "must be an object");
            continue;
        }
        const std::size_t problems_before = reading.problems.size();
        std::vector<Account> accounts;
        Section block(reading, member.value(), path);
        read_channel(block, accounts);
        check_webhook_paths(block, all, accounts);
        if (reading.problems.size() > problems_before) continue;
        std::move(accounts.begin(), accounts.end(), std::back_inserter(all));
    }
    return all;
}

}  // namespace gw::config
