// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/placeholders.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "base/utf8.h"
#include "workers/telegram/translate.h"
#include "workers/telegram/update.h"

namespace gw::telegram {

namespace {

// Of a name, a question, an address: somebody else wrote it.
constexpr std::size_t kMaxWordsBytes = 1000;
constexpr std::size_t kMaxPeople = 20;

std::string words(json::Value object, std::string_view key) {
    return std::string(base::utf8_prefix(text_of(object, key), kMaxWordsBytes));
}

std::string coordinates(json::Value location) {
    const auto latitude = find_number(location, "latitude");
    const auto longitude = find_number(location, "longitude");
    if (!latitude || !longitude) return "somewhere";
    char text[64];
    std::snprintf(text, sizeof text, "%.6f, %.6f", *latitude, *longitude);
    return text;
}

std::string place(json::Value message) {
    if (const auto venue = find_object(message, "venue")) {
        const json::Value location = find_object(*venue, "location").value_or(json::Value());
        return "📍 " + words(*venue, "title") + " — " + words(*venue, "address") + " (" +
               coordinates(location) + ')';
    }
    const auto location = find_object(message, "location");
    if (!location) return {};
    if (find_integer(*location, "live_period")) {
        return "🛰 Live location: " + coordinates(*location);
    }
    const auto accuracy = find_number(*location, "horizontal_accuracy");
    std::string text = "📍 " + coordinates(*location);
    if (accuracy && *accuracy > 0 && *accuracy <= 1500) {
        text += " ±" + std::to_string(static_cast<int>(*accuracy)) + 'm';
    }
    return text;
}

std::string people(json::Value list) {
    std::string names;
    for (std::size_t i = 0; i < std::min(list.size(), kMaxPeople); ++i) {
        const std::string name = name_of(list.element(i));
        names += (names.empty() ? "" : ", ") + std::string(base::utf8_prefix(name, kMaxWordsBytes));
    }
    return names;
}

std::string who(json::Value message) {
    const auto from = find_object(message, "from");
    return from ? std::string(base::utf8_prefix(name_of(*from), kMaxWordsBytes)) : "somebody";
}

}  // namespace

std::string placeholder_of(json::Value message) {
    if (const auto sticker = find_object(message, "sticker")) {
        const std::string emoji = words(*sticker, "emoji");
        return "<media:sticker>" + (emoji.empty() ? "" : ' ' + emoji);
    }
    if (std::string text = place(message); !text.empty()) return text;
    if (const auto contact = find_object(message, "contact")) {
        return "[contact] " + name_of(*contact) + ' ' + words(*contact, "phone_number");
    }
    if (const auto poll = find_object(message, "poll")) {
        std::string text = "[poll] " + words(*poll, "question");
        const auto options = find_array(*poll, "options");
        for (std::size_t i = 0; options && i < std::min(options->size(), kMaxPeople); ++i)
            text += "\n- " + words(options->element(i), "text");
        return text;
    }
    if (const auto dice = find_object(message, "dice")) {
        return words(*dice, "emoji") + ' ' +
               std::to_string(find_integer(*dice, "value").value_or(0));
    }
    return {};
}

std::string origin_of(json::Value message, std::string_view key) {
    const auto origin = find_object(message, key);
    if (!origin) return {};
    for (const std::string_view who : {"sender_user", "sender_chat", "chat"}) {
        if (const auto found = find_object(*origin, who)) {
            return std::string(base::utf8_prefix(name_of(*found), kMaxWordsBytes));
        }
    }
    const std::string hidden = words(*origin, "sender_user_name");
    return hidden.empty() ? "somebody" : hidden;
}

std::string service_words(json::Value message) {
    if (const auto members = find_array(message, "new_chat_members")) {
        return people(*members) + " joined";
    }
    if (const auto member = find_object(message, "left_chat_member")) {
        return std::string(base::utf8_prefix(name_of(*member), kMaxWordsBytes)) + " left";
    }
    if (const auto id = find_integer(message, "migrate_to_chat_id")) {
        return "the group became a supergroup: its id is " + std::to_string(*id) + " from now on";
    }
    if (std::string title = words(message, "new_chat_title"); !title.empty()) {
        return who(message) + " named the chat \"" + title + '"';
    }
    if (const auto pinned = find_object(message, "pinned_message")) {
        return who(message) + " pinned message " +
               std::to_string(find_integer(*pinned, "message_id").value_or(0));
    }
    if (const auto topic = find_object(message, "forum_topic_created")) {
        return who(message) + " opened the topic \"" + words(*topic, "name") + '"';
    }
    if (message.find("forum_topic_closed")) return who(message) + " closed the topic";
    if (message.find("forum_topic_reopened")) return who(message) + " opened the topic again";
    return {};
}

}  // namespace gw::telegram
