// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/echo/translate.h"

#include "base/json.h"

namespace gw::echo {

namespace {

std::string text_of(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_string() ? std::string(found->string()) : std::string();
}

bool flag_of(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_bool() && found->boolean();
}

proto::EventKind kind_of(std::string_view word) {
    if (word == "edited") return proto::EVENT_KIND_EDITED;
    if (word == "reaction") return proto::EVENT_KIND_REACTION_ADDED;
    if (word == "happened") return proto::EVENT_KIND_HAPPENED;
    return proto::EVENT_KIND_MESSAGE;
}

void write_poll(json::Writer& w, const proto::Poll& poll) {
    w.key("poll").begin_object().field("question", poll.question()).key("options").begin_array();
    for (const std::string& option : poll.options())
        w.value(option);
    w.end_array()
        .field("maxSelections", static_cast<std::int64_t>(poll.max_selections()))
        .field("durationS", static_cast<std::int64_t>(poll.duration_s()))
        .field("public", poll.is_public())
        .end_object();
}

void field_unless_empty(json::Writer& w, std::string_view key, const std::string& text) {
    if (!text.empty()) w.field(key, text);
}

}  // namespace

std::optional<proto::MessageReceived> parse_event(std::string_view raw) {
    json::Parser parser;
    const auto body = parser.parse(raw);
    const auto from = body ? body->find("from") : std::nullopt;
    const auto text = body ? body->find("text") : std::nullopt;
    if (!from || !from->is_string() || !text || !text->is_string()) return std::nullopt;
    const std::string group = text_of(*body, "group");
    proto::MessageReceived message;
    message.set_sender_id(std::string(from->string()));
    message.set_sender_name(message.sender_id());
    message.set_peer(group.empty() ? message.sender_id() : group);
    message.set_chat_type(group.empty() ? proto::CHAT_TYPE_DIRECT : proto::CHAT_TYPE_GROUP);
    message.set_text(std::string(text->string()));
    message.set_thread(text_of(*body, "thread"));
    message.set_was_mentioned(flag_of(*body, "mentioned"));
    message.set_sender_is_mutable(flag_of(*body, "mutable"));
    message.set_is_notice(flag_of(*body, "notice"));
    message.set_sender_username(text_of(*body, "username"));
    message.set_provider_message_id(text_of(*body, "id"));
    message.set_reply_to(text_of(*body, "replyTo"));
    message.set_quoted_text(text_of(*body, "quoted"));
    message.set_quoted_sender(text_of(*body, "quotedSender"));
    message.set_kind(kind_of(text_of(*body, "kind")));
    return message;
}

std::string event_json(std::string_view from, std::string_view text) {
    std::string raw;
    json::Writer(raw).begin_object().field("from", from).field("text", text).end_object();
    return raw;
}

std::string order_json(const proto::SendMessage& order) {
    std::string out;
    json::Writer w(out);
    w.begin_object().field("to", order.to());
    w.field("text", order.has_poll() ? order.poll().question() : order.text());
    field_unless_empty(w, "replyTo", order.reply_to());
    field_unless_empty(w, "thread", order.thread());
    field_unless_empty(w, "parseMode", order.parse_mode());
    if (order.has_poll()) write_poll(w, order.poll());
    w.end_object();
    return out;
}

std::string change_json(const proto::ChangeMessage& change) {
    std::string out;
    json::Writer w(out);
    w.begin_object().field("to", change.to()).field("id", change.message_id());
    switch (change.change_case()) {
        case proto::ChangeMessage::kText: w.field("text", change.text()); break;
        case proto::ChangeMessage::kReaction: w.field("reaction", change.reaction()); break;
        case proto::ChangeMessage::kDeletion: w.field("delete", true); break;
        case proto::ChangeMessage::CHANGE_NOT_SET: break;
    }
    w.end_object();
    return out;
}

std::string typing_json(const proto::ShowTyping& typing) {
    std::string out;
    json::Writer w(out);
    w.begin_object().field("to", typing.to());
    field_unless_empty(w, "thread", typing.thread());
    w.end_object();
    return out;
}

}  // namespace gw::echo
