#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Where a `send` goes: pure decisions over the configured accounts.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gatewayd/config/config.h"

namespace gw::channels {

struct TargetRequest {
    std::string channel;  // id or alias; empty: the default channel
    std::string account;  // empty: the channel's default account
    std::string to;
    std::string thread = {};  // within the conversation; may be empty
};

struct Target {
    std::string channel;
    std::string account;
    std::string to;
    std::string chat_type;    // "direct", "group" or "channel"
    std::string session_key;  // of the conversation with that target
    std::string thread = {};  // as asked for, or as the target names it

    bool operator==(const Target&) const = default;
};

// The default channel is whatsapp where that is configured, else the only one there is.
Result<Target> resolve(const TargetRequest& request, const config::Config& config);

const config::Account* find_account(const std::vector<config::Account>& accounts,
                                    std::string_view channel, std::string_view account);

// The account that stands for a channel when none is named: "default", else the first.
const config::Account* find_default_account(const std::vector<config::Account>& accounts,
                                            std::string_view channel);

}  // namespace gw::channels
