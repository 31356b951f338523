// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/inbox.h"

#include <utility>

#include "base/ids.h"
#include "base/log.h"
#include "gatewayd/channels/access.h"
#include "gatewayd/sessions/transcript.h"
#include "store/sessions.h"

namespace gw::channels {

namespace {

// Above these a worker has broken the contract: no network has ids or messages that long.
constexpr std::size_t kMaxIdBytes = 512;
constexpr std::size_t kMaxCursorBytes = 64 * 1024;
constexpr std::size_t kMaxTextBytes = 512 * 1024;

Result<void> check(const proto::MessageReceived& message) {
    const auto is_id = [](const std::string& text) {
        return !text.empty() && text.size() <= kMaxIdBytes;
    };
    if (!is_id(message.event_id())) return fail(Errc::invalid_input, "bad event id");
    if (!is_id(message.peer())) return fail(Errc::invalid_input, "bad peer");
    if (!is_id(message.sender_id())) return fail(Errc::invalid_input, "bad sender id");
    if (message.sender_name().size() > kMaxIdBytes) {
        return fail(Errc::invalid_input, "sender name too long");
    }
    if (message.cursor().size() > kMaxCursorBytes) {
        return fail(Errc::invalid_input, "cursor too long");
    }
    if (message.text().size() > kMaxTextBytes) return fail(Errc::invalid_input, "text too long");
    return {};
}

std::string chat_type_of(const proto::MessageReceived& message) {
    if (message.chat_type() == proto::CHAT_TYPE_GROUP) return "group";
    if (message.chat_type() == proto::CHAT_TYPE_CHANNEL) return "channel";
    return "direct";
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

store::Inbound to_row(const config::Account& account, const proto::MessageReceived& message,
                      std::int64_t now_ms) {
    store::Inbound row;
    row.channel = account.channel;
    row.account = account.account;
    row.event_id = message.event_id();
    row.peer = message.peer();
    row.chat_type = chat_type_of(message);
    row.sender_id = message.sender_id();
    row.sender_name = message.sender_name();
    row.text = message.text();
    row.was_mentioned = message.was_mentioned();
    row.provider_ms = message.provider_ms();
    row.received_ms = now_ms;
    return row;
}

// What the transcript says was said: in a group, by whom.
std::string line_of(const store::Inbound& row) {
    if (row.chat_type == "direct") return row.text;
    return (row.sender_name.empty() ? row.sender_id : row.sender_name) + ": " + row.text;
}

// The session, its line and `routed`, which belong together.
Result<void> route(store::Database& db, std::int64_t id, const store::Inbound& row) {
    const bool is_direct = row.chat_type == "direct";
    TRY_VOID(store::touch_session(
        db, {.key = row.session_key,
             .session_id = base::new_uuid(),
             .chat_type = row.chat_type,
             .channel = row.channel,
             .display_name = is_direct ? std::string() : row.channel + ":" + row.peer,
             .last_channel = row.channel,
             .last_account = row.account,
             .last_to = row.peer,
             .created_ms = row.received_ms,
             .updated_ms = row.received_ms}));
    TRY_VOID(store::append_transcript(
        db, {.id = 0,
             .session_key = row.session_key,
             .message = sessions::user_message(line_of(row), row.received_ms),
             .created_ms = row.received_ms}));
    return store::mark_routed(db, id, row.session_key);
}

RoutedMessage to_routed(std::int64_t id, const store::Inbound& row) {
    return {.inbound_id = id,
            .channel = row.channel,
            .account = row.account,
            .peer = row.peer,
            .session_key = row.session_key,
            .text = row.text};
}

// Inserts the message; a new one is routed, or done with when it is not to be answered.
Result<store::InsertedInbound> insert(store::Database& db, const store::Inbound& row,
                                      const std::string& cursor, bool is_admitted) {
    TRY(const auto inserted, store::insert_inbound(db, row, cursor));
    if (!inserted.is_new) return inserted;
    if (is_admitted) {
        TRY_VOID(route(db, inserted.id, row));
    } else {
        TRY_VOID(store::mark_done(db, inserted.id));
    }
    return inserted;
}

}  // namespace

Inbox::Inbox(const base::Clock& clock, store::Store& store, std::string default_agent,
             sessions::DmScope dm_scope, Answerer& answerer)
    : clock_(clock),
      store_(store),
      default_agent_(std::move(default_agent)),
      dm_scope_(dm_scope),
      answerer_(answerer),
      alive_(std::make_shared<bool>(true)) {}

Inbox::~Inbox() {
    *alive_ = false;
}

Result<void> Inbox::take(const config::Account& account, const std::string& self_id,
                         const proto::MessageReceived& message,
                         std::function<void(Result<void>)> committed) {
    TRY_VOID(check(message));
    std::size_t& committing = committing_[{account.channel, account.account}];
    if (committing >= kMaxCommitting) {
        return fail(Errc::limit_exceeded, "too many messages without waiting for Accepted");
    }
    store::Inbound row = to_row(account, message, clock_.wall_ms());
    const Verdict verdict = judge(account, {.is_group = row.chat_type != "direct",
                                            .peer = row.peer,
                                            .sender_id = row.sender_id,
                                            .self_id = self_id,
                                            .was_mentioned = row.was_mentioned,
                                            .is_notice = message.is_notice(),
                                            .is_blank = is_blank(row.text)});
    log::debug("channels", "message received",
               {{"channel", row.channel}, {"account", row.account}, {"verdict", name(verdict)}});
    const bool is_admitted = verdict == Verdict::admitted;
    if (is_admitted) row.session_key = session_key_of(row);
    ++stats_.received;
    ++stats_.committing;
    ++committing;
    store_.write<store::InsertedInbound>(
        [row, cursor = message.cursor(), is_admitted](store::Database& db) {
            return insert(db, row, cursor, is_admitted);
        },
        [this, alive = alive_, row, is_admitted, committed = std::move(committed)](auto stored) {
            if (*alive) on_stored(row, is_admitted, stored, committed);
        });
    return {};
}

void Inbox::on_stored(const store::Inbound& row, bool is_admitted,
                      const Result<store::InsertedInbound>& stored,
                      const std::function<void(Result<void>)>& committed) {
    --stats_.committing;
    --committing_[{row.channel, row.account}];
    if (!stored) {
        log::error("channels", "message not committed",
                   {{"channel", row.channel}, {"reason", stored.error().message}});
        return committed(std::unexpected(stored.error()));
    }
    committed({});
    if (!stored->is_new) {
        ++stats_.duplicates;
    } else if (!is_admitted) {
        ++stats_.refused;
    } else {
        ++stats_.routed;
        answerer_.on_routed(to_routed(stored->id, row));
    }
}

void Inbox::resume() {
    store_.read<std::vector<store::Inbound>>(
        [](store::Database& db) { return store::unfinished_inbound(db); },
        [this, alive = alive_](auto rows) {
            if (*alive) on_left_behind(rows);
        });
}

void Inbox::on_left_behind(const Result<std::vector<store::Inbound>>& rows) {
    if (!rows) {
        log::error("channels", "unanswered messages not read", {{"reason", rows.error().message}});
        return;
    }
    if (!rows->empty()) {
        log::info("channels", "took up unanswered messages", {{"count", rows->size()}});
    }
    for (const store::Inbound& row : *rows) {
        if (row.state == store::InboundState::accepted) {
            route_late(row);
        } else {
            answerer_.on_routed(to_routed(row.id, row));
        }
    }
}

// Only rows that were admitted are left as accepted.
void Inbox::route_late(const store::Inbound& left) {
    store::Inbound row = left;
    row.session_key = session_key_of(row);
    store_.write<void>([row](store::Database& db) { return route(db, row.id, row); },
                       [this, alive = alive_, row](auto routed) {
                           if (!*alive) return;
                           if (routed) return answerer_.on_routed(to_routed(row.id, row));
                           log::error("channels", "message not routed",
                                      {{"reason", routed.error().message}});
                       });
}

std::string Inbox::session_key_of(const store::Inbound& row) const {
    if (row.chat_type == "direct") {
        return sessions::direct_key(dm_scope_, default_agent_, row.channel, row.account, row.peer);
    }
    return sessions::group_key(default_agent_, row.channel, row.chat_type, row.peer);
}

}  // namespace gw::channels
