// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/delivery_content.h"

#include "base/json.h"

namespace gw::store {

namespace {

void write_poll(json::Writer& w, const DeliveryPoll& poll) {
    w.key("poll").begin_object().field("question", poll.question).key("options").begin_array();
    for (const std::string& option : poll.options)
        w.value(option);
    w.end_array().field("maxSelections", static_cast<std::int64_t>(poll.max_selections));
    w.field("durationS", static_cast<std::int64_t>(poll.duration_s));
    w.field("public", poll.is_public).end_object();
}

std::string text_of(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_string() ? std::string(found->string()) : std::string();
}

bool flag_of(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_bool() && found->boolean();
}

std::uint32_t number_of(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_integer() ? static_cast<std::uint32_t>(found->integer()) : 0;
}

DeliveryPoll poll_of(json::Value object) {
    DeliveryPoll poll;
    poll.question = text_of(object, "question");
    const auto options = object.find("options");
    for (std::size_t i = 0; options && options->is_array() && i < options->size(); ++i) {
        const json::Value option = options->element(i);
        if (option.is_string()) poll.options.emplace_back(option.string());
    }
    poll.max_selections = number_of(object, "maxSelections");
    poll.duration_s = number_of(object, "durationS");
    poll.is_public = flag_of(object, "public");
    return poll;
}

}  // namespace

std::string content_json(const DeliveryContent& content) {
    std::string out;
    if (content == DeliveryContent()) return out;
    json::Writer w(out);
    w.begin_object();
    if (!content.parse_mode.empty()) w.field("parseMode", content.parse_mode);
    if (content.is_document) w.field("document", true);
    if (content.is_voice) w.field("voice", true);
    if (content.poll) write_poll(w, *content.poll);
    w.end_object();
    return out;
}

Result<DeliveryContent> parse_content(std::string_view text) {
    DeliveryContent content;
    if (text.empty()) return content;
    json::Parser parser;
    const auto object = parser.parse(text);
    if (!object || !object->is_object()) {
        return fail(Errc::corrupt, "the content of a delivery is no JSON object");
    }
    content.parse_mode = text_of(*object, "parseMode");
    content.is_document = flag_of(*object, "document");
    content.is_voice = flag_of(*object, "voice");
    if (const auto poll = object->find("poll"); poll && poll->is_object()) {
        content.poll = poll_of(*poll);
    }
    return content;
}

}  // namespace gw::store
