// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/update.h"

namespace gw::telegram {

std::optional<json::Value> find_object(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_object() ? found : std::nullopt;
}

std::optional<json::Value> find_array(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_array() ? found : std::nullopt;
}

std::optional<std::int64_t> find_integer(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    if (!found || !found->is_integer()) return std::nullopt;
    return found->integer();
}

std::optional<double> find_number(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    if (!found || !found->is_number()) return std::nullopt;
    return found->number();
}

std::string text_of(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_string() ? std::string(found->string()) : std::string();
}

bool is_true(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_bool() && found->boolean();
}

std::string name_of(json::Value user_or_chat) {
    std::string name = text_of(user_or_chat, "title");
    if (name.empty()) name = text_of(user_or_chat, "first_name");
    const std::string last = text_of(user_or_chat, "last_name");
    if (!last.empty()) name += (name.empty() ? "" : " ") + last;
    if (name.empty()) name = text_of(user_or_chat, "username");
    return name.empty() ? "somebody" : name;
}

std::optional<Content> find_content(json::Value update) {
    for (const std::string_view kind :
         {"message", "edited_message", "callback_query", "message_reaction"}) {
        if (const auto found = find_object(update, kind)) return Content{kind, *found};
    }
    return std::nullopt;
}

std::string chat_of(json::Value update) {
    const auto content = find_content(update);
    if (!content) return {};
    const auto message = content->kind == "callback_query" ? find_object(content->value, "message")
                                                           : std::optional(content->value);
    const auto chat = message ? find_object(*message, "chat") : std::nullopt;
    const auto id = chat ? find_integer(*chat, "id") : std::nullopt;
    return id ? std::to_string(*id) : std::string();
}

}  // namespace gw::telegram
