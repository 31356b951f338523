#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Where a message goes, as people and the core write it.

#include <string>
#include <string_view>

#include "base/result.h"

namespace gw::telegram {

struct Target {
    std::string chat;    // an id, or "@name"
    std::string thread;  // of the forum; empty: none was named

    bool operator==(const Target&) const = default;
};

// "123456", "-1001234567890", "@name", "name", "t.me/name", "https://t.me/name"; before it
// "telegram:" or "tg:", as often as you like; behind it ":topic:7" or ":7".
Result<Target> parse_target(std::string_view to);

// The topic of every forum that messages are in when they are in none: Telegram wants its number
// for showing that somebody types and refuses it for sending.
inline constexpr std::string_view kGeneralTopic = "1";

}  // namespace gw::telegram
