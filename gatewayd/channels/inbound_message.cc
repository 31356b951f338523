// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/inbound_message.h"

#include "base/utf8.h"
#include "gatewayd/access/mentions.h"
#include "gatewayd/media/names.h"
#include "ipc/limits.h"

namespace gw::channels {

namespace {

// Above this a worker has broken the contract: no network has messages that long.
constexpr std::size_t kMaxTextBytes = 512 * 1024;
// A turn is reminded of what is answered, not told all of it again.
constexpr std::size_t kMaxQuotedBytes = 2000;

bool is_id(const std::string& text) {
    return !text.empty() && text.size() <= ipc::kMaxIdBytes;
}

bool is_happening(const proto::MessageReceived& message) {
    return message.kind() != proto::EVENT_KIND_UNSPECIFIED &&
           message.kind() != proto::EVENT_KIND_MESSAGE;
}

std::string chat_type_of(const proto::MessageReceived& message) {
    if (message.chat_type() == proto::CHAT_TYPE_GROUP) return "group";
    if (message.chat_type() == proto::CHAT_TYPE_CHANNEL) return "channel";
    return "direct";
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

const std::string& name_of(const proto::MessageReceived& message) {
    return message.sender_name().empty() ? message.sender_id() : message.sender_name();
}

std::string quoted(const proto::MessageReceived& message) {
    if (message.quoted_text().empty()) return {};
    std::string text = "\n\n[Replying to ";
    text += message.quoted_sender().empty() ? "a message" : message.quoted_sender();
    if (!message.reply_to().empty()) text += " id:" + message.reply_to();
    text += "]\n";
    text += base::utf8_prefix(message.quoted_text(), kMaxQuotedBytes);
    return text + "\n[/Replying]";
}

// What was said, a note for each file beside it, and what it answers.
std::string said(const proto::MessageReceived& message, const ReceivedFiles& files) {
    std::string text = message.text();
    for (const store::Media& file : files.all)
        text.append(text.empty() ? "" : "\n").append(media::note_of(file));
    return is_blank(text) ? text : text + quoted(message);
}

std::string happened(const proto::MessageReceived& message) {
    if (is_blank(message.text())) return {};
    const std::string which =
        message.reply_to().empty() ? "a message" : "message " + message.reply_to();
    if (message.kind() == proto::EVENT_KIND_EDITED) {
        return name_of(message) + " edited " + which + ": " + message.text();
    }
    if (message.kind() == proto::EVENT_KIND_REACTION_ADDED) {
        return name_of(message) + " reacted with " + message.text() + " to " + which;
    }
    return message.text();
}

store::Context context_of(const proto::MessageReceived& message) {
    return is_happening(message) ? store::Context::happening : store::Context::none;
}

}  // namespace

Result<void> check(const proto::MessageReceived& message) {
    if (!is_id(message.peer())) return fail(Errc::invalid_input, "bad peer");
    if (!is_id(message.sender_id())) return fail(Errc::invalid_input, "bad sender id");
    for (const std::string* text :
         {&message.sender_name(), &message.sender_username(), &message.provider_message_id(),
          &message.thread(), &message.reply_to(), &message.quoted_sender(), &message.peer_name()}) {
        if (text->size() > ipc::kMaxIdBytes) {
            return fail(Errc::invalid_input, "a name or an id is longer than " +
                                                 std::to_string(ipc::kMaxIdBytes) + " bytes");
        }
    }
    if (!proto::EventKind_IsValid(message.kind())) return fail(Errc::invalid_input, "bad kind");
    if (message.text().size() > kMaxTextBytes || message.quoted_text().size() > kMaxTextBytes) {
        return fail(Errc::invalid_input, "text too long");
    }
    return {};
}

store::Inbound row_of(const config::Account& account, const proto::MessageReceived& message,
                      const ReceivedFiles& files, std::int64_t now_ms) {
    store::Inbound row;
    row.channel = account.channel;
    row.account = account.account;
    row.event_id = message.event_id();
    row.peer = message.peer();
    row.chat_type = chat_type_of(message);
    row.sender_id = message.sender_id();
    row.sender_name = message.sender_name();
    row.text = is_happening(message) ? happened(message) : said(message, files);
    row.was_mentioned = message.was_mentioned();
    row.provider_ms = message.provider_ms();
    row.received_ms = now_ms;
    row.provider_message_id = message.provider_message_id();
    row.thread = message.thread();
    row.context = context_of(message);
    return row;
}

access::Facts facts_of(const config::Config& config, const std::string& self_id,
                       const proto::MessageReceived& message, const store::Inbound& row) {
    const bool is_group = row.chat_type != "direct";
    access::Facts facts;
    facts.is_group = is_group;
    facts.peer = row.peer;
    facts.thread = row.thread;
    facts.sender_id = row.sender_id;
    facts.sender_username = message.sender_username();
    facts.sender_is_mutable = message.sender_is_mutable();
    facts.self_id = self_id;
    facts.was_mentioned =
        row.was_mentioned ||
        (is_group && access::is_mentioned(config.mention_patterns, message.text()));
    facts.is_notice = message.is_notice();
    facts.is_blank = is_blank(row.text);
    facts.is_happening = row.context == store::Context::happening;
    return facts;
}

store::PairingRequest pairing_of(const proto::MessageReceived& message, const store::Inbound& row) {
    return {.channel = row.channel,
            .account = row.account,
            .sender_id = row.sender_id,
            .sender_name = row.sender_name,
            .sender_username = message.sender_username(),
            .is_mutable = message.sender_is_mutable(),
            .peer = row.peer,
            .thread = row.thread,
            .code = {},
            .created_ms = row.received_ms,
            .last_seen_ms = row.received_ms,
            .expires_ms = 0};
}

}  // namespace gw::channels
