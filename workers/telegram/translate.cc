// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/translate.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/utf8.h"
#include "workers/telegram/entities.h"
#include "workers/telegram/placeholders.h"

namespace gw::telegram {

namespace {

using proto::MessageReceived;

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::int64_t kMaxSeconds = std::int64_t{1} << 40;

std::string short_name(json::Value user_or_chat) {
    return std::string(base::utf8_prefix(name_of(user_or_chat), kMaxNameBytes));
}

// Whom allow-lists know: a person, or the chat in whose name an administrator speaks.
bool set_sender(MessageReceived& out, json::Value sender) {
    const auto id = find_integer(sender, "id");
    if (!id) return false;
    out.set_sender_id(std::to_string(*id));
    out.set_sender_name(short_name(sender));
    out.set_sender_username(
        std::string(base::utf8_prefix(text_of(sender, "username"), kMaxNameBytes)));
    out.set_is_notice(is_true(sender, "is_bot"));
    return true;
}

std::optional<json::Value> find_sender(json::Value message) {
    if (const auto chat = find_object(message, "sender_chat")) return chat;
    return find_object(message, "from");
}

// False for channels, which are not conversations.
bool set_chat(MessageReceived& out, json::Value chat) {
    const auto id = find_integer(chat, "id");
    const std::string type = text_of(chat, "type");
    if (!id || (type != "private" && type != "group" && type != "supergroup")) return false;
    out.set_peer(std::to_string(*id));
    const bool is_direct = type == "private";
    out.set_chat_type(is_direct ? proto::CHAT_TYPE_DIRECT : proto::CHAT_TYPE_GROUP);
    if (!is_direct) out.set_peer_name(short_name(chat));
    return true;
}

// Threads exist in forums, where none means General, and in private chats that have topics.
void set_thread(MessageReceived& out, json::Value message, json::Value chat) {
    const auto thread = find_integer(message, "message_thread_id");
    if (is_true(chat, "is_forum")) {
        out.set_thread(std::to_string(thread.value_or(1)));
    } else if (thread && out.chat_type() == proto::CHAT_TYPE_DIRECT &&
               is_true(message, "is_topic_message")) {
        out.set_thread(std::to_string(*thread));
    }
}

void set_time(MessageReceived& out, json::Value from, std::string_view key) {
    const auto seconds = find_integer(from, key);
    if (seconds && *seconds > 0 && *seconds < kMaxSeconds) out.set_provider_ms(*seconds * 1000);
}

// The first message of a topic is what every message in it "replies" to.
bool is_topic_root(json::Value message, json::Value replied) {
    return replied.find("forum_topic_created").has_value() &&
           find_integer(message, "message_thread_id") == find_integer(replied, "message_id");
}

std::string quoted_words(json::Value message, json::Value replied) {
    if (const auto quote = find_object(message, "quote")) {
        if (std::string text = text_of(*quote, "text"); !text.empty()) return text;
    }
    std::string text = read_text(replied);
    return text.empty() ? placeholder_of(replied) : text;
}

void set_reply(MessageReceived& out, json::Value message, const Self& self) {
    const auto replied = find_object(message, "reply_to_message");
    if (!replied) {
        // In another chat: there is no message that an answer could refer to.
        if (const auto elsewhere = find_object(message, "external_reply")) {
            out.set_quoted_text(quoted_words(message, *elsewhere));
            out.set_quoted_sender(origin_of(*elsewhere, "origin"));
        }
        return;
    }
    if (is_topic_root(message, *replied)) return;
    if (const auto id = find_integer(*replied, "message_id")) out.set_reply_to(std::to_string(*id));
    out.set_quoted_text(quoted_words(message, *replied));
    const auto sender = find_sender(*replied);
    if (!sender) return;
    out.set_quoted_sender(short_name(*sender));
    if (find_integer(*sender, "id") == self.id) out.set_was_mentioned(true);
}

std::string words_of(json::Value message) {
    std::string text = read_text(message);
    const std::string instead = placeholder_of(message);
    if (!instead.empty()) text = text.empty() ? instead : instead + '\n' + text;
    const std::string origin = origin_of(message, "forward_origin");
    if (!origin.empty()) text = "[forwarded from " + origin + "]\n" + text;
    return text;
}

bool set_message(MessageReceived& out, json::Value message) {
    const auto chat = find_object(message, "chat");
    const auto sender = find_sender(message);
    const auto id = find_integer(message, "message_id");
    if (!chat || !sender || !id || !set_chat(out, *chat) || !set_sender(out, *sender)) return false;
    out.set_provider_message_id(std::to_string(*id));
    set_thread(out, message, *chat);
    return true;
}

std::optional<MessageReceived> translate_message(json::Value message, const Self& self,
                                                 std::string_view kind) {
    MessageReceived out;
    if (!set_message(out, message)) return std::nullopt;
    set_time(out, message, kind == "message" ? "date" : "edit_date");
    if (std::string happened = service_words(message); !happened.empty()) {
        out.set_kind(proto::EVENT_KIND_HAPPENED);
        out.set_text(std::move(happened));
        return out;
    }
    out.set_text(words_of(message));
    if (out.text().empty() && !has_file(message)) return std::nullopt;
    if (kind == "edited_message") {
        // A live location moves every few seconds.
        if (message.find("location")) return std::nullopt;
        out.set_kind(proto::EVENT_KIND_EDITED);
        out.set_reply_to(out.provider_message_id());
        return out;
    }
    out.set_kind(proto::EVENT_KIND_MESSAGE);
    set_reply(out, message, self);
    if (out.chat_type() == proto::CHAT_TYPE_DIRECT || names(message, self)) {
        out.set_was_mentioned(true);
    }
    // What a channel posts turns up by itself in the group that belongs to it.
    if (is_true(message, "is_automatic_forward")) out.set_is_notice(true);
    return out;
}

// A button below one of our messages: as if its data had been written to us.
std::optional<MessageReceived> translate_press(json::Value query) {
    const auto message = find_object(query, "message");
    const auto sender = find_object(query, "from");
    const auto chat = message ? find_object(*message, "chat") : std::nullopt;
    const std::string data = text_of(query, "data");
    MessageReceived out;
    if (!chat || !sender || data.empty() || !set_chat(out, *chat) || !set_sender(out, *sender)) {
        return std::nullopt;
    }
    set_thread(out, *message, *chat);
    if (const auto id = find_integer(*message, "message_id")) {
        out.set_reply_to(std::to_string(*id));
        out.set_quoted_text(read_text(*message));
    }
    out.set_kind(proto::EVENT_KIND_MESSAGE);
    out.set_text(data);
    out.set_was_mentioned(true);
    return out;
}

std::set<std::string> emoji_of(json::Value reaction, std::string_view key) {
    std::set<std::string> emoji;
    const auto list = find_array(reaction, key);
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        std::string one = text_of(list->element(i), "emoji");
        if (!one.empty()) emoji.insert(std::move(one));
    }
    return emoji;
}

std::optional<MessageReceived> translate_reaction(json::Value reaction) {
    const auto chat = find_object(reaction, "chat");
    auto sender = find_object(reaction, "user");
    if (!sender) sender = find_object(reaction, "actor_chat");
    const auto id = find_integer(reaction, "message_id");
    MessageReceived out;
    if (!chat || !sender || !id || !set_chat(out, *chat) || !set_sender(out, *sender)) {
        return std::nullopt;
    }
    const auto before = emoji_of(reaction, "old_reaction");
    std::string added;
    for (const std::string& one : emoji_of(reaction, "new_reaction")) {
        if (!before.contains(one)) added += (added.empty() ? "" : " ") + one;
    }
    if (added.empty()) return std::nullopt;
    out.set_kind(proto::EVENT_KIND_REACTION_ADDED);
    out.set_text(std::move(added));
    out.set_reply_to(std::to_string(*id));
    set_time(out, reaction, "date");
    return out;
}

}  // namespace

std::optional<MessageReceived> translate(json::Value update, const Self& self) {
    const auto content = find_content(update);
    if (!content) return std::nullopt;
    if (content->kind == "callback_query") return translate_press(content->value);
    if (content->kind == "message_reaction") return translate_reaction(content->value);
    return translate_message(content->value, self, content->kind);
}

std::string callback_query_of(json::Value update) {
    const auto query = find_object(update, "callback_query");
    return query ? text_of(*query, "id") : std::string();
}

}  // namespace gw::telegram
