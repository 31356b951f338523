#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Session keys: how a conversation is named. Pure functions over text; grammar in
// docs/protocol/sessions.md.
//
//   key  = "global" / "unknown" / "agent:" agent-id ":" rest
//   rest = "main" / "dm:" peer / channel ":dm:" peer / channel ":" account ":dm:" peer
//        / channel ":" ("group" / "channel") ":" peer / anything else a client made up
//        / any of these ":thread:" thread / a telegram group ":topic:" thread

#include <string>
#include <string_view>

namespace gw::sessions {

// What a direct message's key is made of (configuration: session.dmScope).
enum class DmScope { main, per_peer, per_channel_peer, per_account_channel_peer };

// Anything but the four words of the configuration reads as main.
DmScope dm_scope_of(std::string_view word);

enum class Kind { direct, group, global, unknown };
std::string_view name(Kind kind);

// An agent id as it may stand in a key: lower-case, other characters than a-z 0-9 _ - become one
// dash, no dash at the ends, at most 64 characters; nothing left is "main".
std::string sanitize_agent_id(std::string_view id);
// The same rule for account ids; nothing left is "default".
std::string sanitize_account_id(std::string_view id);

// Any spelling a client may use, as the one the store knows. "main" and bare keys belong to
// default_agent. White space around the key is dropped.
std::string canonical_key(std::string_view input, std::string_view default_agent);

std::string main_key(std::string_view agent);

// The key of a direct chat with peer.
std::string direct_key(DmScope scope, std::string_view agent, std::string_view channel,
                       std::string_view account, std::string_view peer);

// The key of a group or room. chat_type is "group" or "channel".
std::string group_key(std::string_view agent, std::string_view channel, std::string_view chat_type,
                      std::string_view peer);

// The key of a thread within the conversation that key names; key itself without a thread. Where a
// thread is a conversation of its own (discord), it has no key besides.
std::string thread_key(const std::string& key, std::string_view channel, std::string_view thread);

// The agent a canonical key belongs to; "main" for keys without one.
std::string agent_of(std::string_view key);

Kind kind_of(std::string_view key, std::string_view chat_type);

}  // namespace gw::sessions
