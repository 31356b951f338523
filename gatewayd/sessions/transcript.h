#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The message objects that transcripts consist of, as JSON text. Pure; the store keeps them as they
// are and chat.history answers with them (docs/protocol/sessions.md).

#include <cstdint>
#include <string>
#include <string_view>

namespace gw::sessions {

// Who made an assistant's line.
struct Author {
    std::string_view api;
    std::string_view provider;
    std::string_view model;
};

// The built-in responder, which answers while no model is configured.
inline constexpr Author kBuiltinAuthor{"gatewayd", "gatewayd", "builtin-responder"};
// The gateway's own notices.
inline constexpr Author kNoticeAuthor{"gatewayd", "gatewayd", "gateway-injected"};
// A text that was sent from outside and is mirrored into the conversation it went to.
inline constexpr Author kMirrorAuthor{"openai-responses", "openclaw", "delivery-mirror"};

// {"role":"user","content":[{"type":"text","text":…}],"timestamp":…}
std::string user_message(std::string_view text, std::int64_t timestamp_ms);

// {"role":"assistant","content":[…],"api":…,"provider":…,"model":…,"usage":{zeros},
//  "stopReason":"stop","timestamp":…}
std::string assistant_message(std::string_view text, const Author& author,
                              std::int64_t timestamp_ms);

// What the gateway itself has to say in a conversation, as clients know injected lines:
// {"role":"assistant","content":[…],"api":…,"provider":…,"model":…,"usage":{zeros},
//  "stopReason":"injected","timestamp":…}
std::string notice_message(std::string_view text, std::int64_t timestamp_ms);

// What chat.inject puts into an assistant's mouth: {"role":"assistant","content":[…],
// "timestamp":…,"stopReason":"injected","usage":{zeros}}
std::string injected_message(std::string_view text, std::int64_t timestamp_ms);

}  // namespace gw::sessions
