#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What Telegram's updates are made of, read defensively: a field of another type is one that is not
// there. Used by translate.cc and its neighbours.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace gw::telegram {

// The bot itself.
struct Self {
    std::int64_t id = 0;
    std::string username;
};

// Members of an object; absent where object is none.
std::optional<json::Value> find_object(json::Value object, std::string_view key);
std::optional<json::Value> find_array(json::Value object, std::string_view key);
std::optional<std::int64_t> find_integer(json::Value object, std::string_view key);
std::optional<double> find_number(json::Value object, std::string_view key);
std::string text_of(json::Value object, std::string_view key);  // empty when absent
bool is_true(json::Value object, std::string_view key);

// "Ann Lee" of a user or the title of a chat; "somebody" when it has none.
std::string name_of(json::Value user_or_chat);

// The part of an update that says what happened, and its name.
struct Content {
    std::string_view kind;  // "message", "edited_message", …
    json::Value value;
};
std::optional<Content> find_content(json::Value update);

// The chat that an update is about: what keeps the order is told from what need not. Empty: none.
std::string chat_of(json::Value update);

// The largest id that an update may have; above it an offset would not be one.
inline constexpr std::int64_t kMaxUpdateId = std::int64_t{1} << 53;

}  // namespace gw::telegram
