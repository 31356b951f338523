#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Message tags (IRCv3): what a server adds to a line in front of its prefix. Pure; foreign.
//
//   tags = tag *(";" tag)
//   tag  = key ["=" escaped]      escaped: "\:" is ";", "\s" a blank, "\\", "\r", "\n"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gw::irc {

// The value, unescaped; nothing without the tag. Of two the last counts.
std::optional<std::string> find_tag(std::string_view tags, std::string_view key);

std::string escape_tag(std::string_view value);

// A value that can be an id with the core: UTF-8, not empty, not too long.
std::optional<std::string> find_id_tag(std::string_view tags, std::string_view key);

// The services account of whoever said the line (account-tag). Accounts hold no "!".
std::optional<std::string> find_account(std::string_view tags);

// The id of the message that the line answers; empty: none.
std::string find_reply(std::string_view tags);

// When the line was said (server-time, "2026-01-30T09:00:00.000Z"), in ms since 1970.
std::optional<std::int64_t> find_time(std::string_view tags);

}  // namespace gw::irc
