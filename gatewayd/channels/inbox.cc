// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/inbox.h"

#include <utility>

#include "base/log.h"
#include "gatewayd/channels/access.h"
#include "gatewayd/media/names.h"
#include "ipc/limits.h"

namespace gw::channels {

namespace {

// The pause after the store refused what it will be asked for again.
constexpr std::chrono::seconds kTryAgain{1};

// Above these a worker has broken the contract: no network has messages that long.
constexpr std::size_t kMaxCursorBytes = 64 * 1024;
constexpr std::size_t kMaxTextBytes = 512 * 1024;

bool is_id(const std::string& text) {
    return !text.empty() && text.size() <= ipc::kMaxIdBytes;
}

Result<void> check(const proto::MessageReceived& message) {
    if (!is_id(message.peer())) return fail(Errc::invalid_input, "bad peer");
    if (!is_id(message.sender_id())) return fail(Errc::invalid_input, "bad sender id");
    if (message.sender_name().size() > ipc::kMaxIdBytes) {
        return fail(Errc::invalid_input, "sender name too long");
    }
    if (message.provider_message_id().size() > ipc::kMaxIdBytes) {
        return fail(Errc::invalid_input, "message id too long");
    }
    if (message.thread().size() > ipc::kMaxIdBytes) {
        return fail(Errc::invalid_input, "thread too long");
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

// What was said, and a note for each file beside it.
std::string text_of(const proto::MessageReceived& message, const ReceivedFiles& files) {
    std::string text = message.text();
    for (const store::Media& file : files.all)
        text.append(text.empty() ? "" : "\n").append(media::note_of(file));
    return text;
}

store::Inbound to_row(const config::Account& account, const proto::MessageReceived& message,
                      const ReceivedFiles& files, std::int64_t now_ms) {
    store::Inbound row;
    row.channel = account.channel;
    row.account = account.account;
    row.event_id = message.event_id();
    row.peer = message.peer();
    row.chat_type = chat_type_of(message);
    row.sender_id = message.sender_id();
    row.sender_name = message.sender_name();
    row.text = text_of(message, files);
    row.was_mentioned = message.was_mentioned();
    row.provider_ms = message.provider_ms();
    row.received_ms = now_ms;
    row.provider_message_id = message.provider_message_id();
    row.thread = message.thread();
    return row;
}

RoutedMessage to_routed(std::int64_t id, const store::Inbound& row) {
    return {.inbound_id = id,
            .channel = row.channel,
            .account = row.account,
            .peer = row.peer,
            .session_key = row.session_key,
            .text = row.text};
}

}  // namespace

Inbox::Inbox(loop::Loop& loop, const base::Clock& clock, store::Store& store, CommitOrder& order,
             std::string default_agent, sessions::DmScope dm_scope, Answerer& answerer)
    : clock_(clock),
      store_(store),
      order_(order),
      default_agent_(std::move(default_agent)),
      dm_scope_(dm_scope),
      answerer_(answerer),
      retry_timer_(loop, [this] { try_again(); }),
      alive_(std::make_shared<bool>(true)) {}

Inbox::~Inbox() {
    *alive_ = false;
}

// What every event of a worker must have, and its place in the account's order.
Result<Arrival> Inbox::admit(const config::Account& account, const std::string& event_id,
                             const std::string& cursor, const Predecessor& what) {
    if (!is_id(event_id)) return fail(Errc::invalid_input, "bad event id");
    if (cursor.size() > kMaxCursorBytes) return fail(Errc::invalid_input, "cursor too long");
    if (order_.committing(account.channel, account.account) >= ipc::kMaxUnaccepted) {
        return fail(Errc::limit_exceeded, "too many messages without waiting for Accepted");
    }
    ++stats_.committing;
    return Arrival{.channel = account.channel,
                   .account = account.account,
                   .event_id = event_id,
                   .cursor = cursor,
                   .predecessor = order_.enter(account.channel, account.account, what)};
}

void Inbox::leave(const std::string& channel, const std::string& account, const Predecessor& what) {
    --stats_.committing;
    order_.leave(channel, account, what);
}

Result<void> Inbox::take(const config::Account& account, const std::string& self_id,
                         const proto::MessageReceived& message, const ReceivedFiles& files,
                         std::function<void(Result<void>)> committed) {
    TRY_VOID(check(message));
    TRY(Arrival arrival,
        admit(account, message.event_id(), message.cursor(), KeptEvent{message.event_id()}));
    store::Inbound row = to_row(account, message, files, clock_.wall_ms());
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
    store_.write<KeptMessage>(
        [arrival = std::move(arrival), row, is_admitted, files](store::Database& db) {
            return keep_message(db, arrival, row, is_admitted, files);
        },
        [this, alive = alive_, row, committed = std::move(committed)](auto kept) {
            if (*alive) on_kept(row, kept, committed);
        });
    return {};
}

void Inbox::on_kept(const store::Inbound& row, const Result<KeptMessage>& kept,
                    const std::function<void(Result<void>)>& committed) {
    leave(row.channel, row.account, KeptEvent{row.event_id});
    if (!kept) {
        log::error("channels", "message not committed",
                   {{"channel", row.channel}, {"reason", kept.error().message}});
        return committed(std::unexpected(kept.error()));
    }
    const Step& step = kept->step;
    if (step.accepts) committed({});
    stats_.duplicates += step.inserts ? 0 : 1;
    stats_.refused += step.ends ? 1 : 0;
    stats_.routed += step.routes ? 1 : 0;
    if (step.announces) answerer_.on_routed(to_routed(kept->id, row));
}

Result<void> Inbox::skip(const config::Account& account, const proto::EventSkipped& event,
                         std::function<void(Result<Skipped>)> committed) {
    TRY(Arrival arrival,
        admit(account, event.event_id(), event.cursor(), KeptEvent{event.event_id()}));
    store::Quarantined kept;
    kept.channel = account.channel;
    kept.account = account.account;
    kept.event_id = event.event_id();
    const auto raw =
        base::as_bytes(event.raw()).first(std::min(event.raw().size(), ipc::kMaxQuarantineBytes));
    kept.raw.assign(raw.begin(), raw.end());
    kept.created_ms = clock_.wall_ms();
    const store::QuarantinedSummary summary{.id = 0,
                                            .channel = kept.channel,
                                            .account = kept.account,
                                            .event_id = kept.event_id,
                                            .size = static_cast<std::int64_t>(kept.raw.size()),
                                            .created_ms = kept.created_ms};
    store_.write<std::optional<std::int64_t>>(
        [arrival = std::move(arrival), kept = std::move(kept)](store::Database& db) {
            return keep_skipped(db, arrival, kept);
        },
        [this, alive = alive_, summary, committed = std::move(committed)](auto id) {
            if (*alive) on_skipped(summary, id, committed);
        });
    return {};
}

// Nothing of it will be on disk to show that it was kept, and nothing is lost when it was not:
// those behind it stand behind what was said before it.
Result<void> Inbox::pass(const config::Account& account, const proto::EventPassed& event,
                         std::function<void(Result<void>)> committed) {
    const Predecessor before = order_.last(account.channel, account.account);
    TRY(Arrival arrival, admit(account, event.event_id(), event.cursor(), before));
    store_.write<void>(
        [arrival = std::move(arrival)](store::Database& db) { return keep_passed(db, arrival); },
        [this, alive = alive_, channel = account.channel, name = account.account, before,
         committed = std::move(committed)](auto kept) {
            if (!*alive) return;
            leave(channel, name, before);
            committed(std::move(kept));
        });
    return {};
}

void Inbox::on_skipped(const store::QuarantinedSummary& event,
                       const Result<std::optional<std::int64_t>>& id,
                       const std::function<void(Result<Skipped>)>& committed) {
    leave(event.channel, event.account, KeptEvent{event.event_id});
    if (!id) {
        log::error("channels", "skipped event not committed",
                   {{"channel", event.channel}, {"reason", id.error().message}});
        return committed(std::unexpected(id.error()));
    }
    if (!*id) return committed(Skipped());
    ++stats_.skipped;
    store::QuarantinedSummary kept = event;
    kept.id = **id;
    committed(Skipped(std::move(kept)));
}

// In the order of the writer, though it writes nothing: everything of this process's own commits
// behind it, and what is announced is announced in that order.
void Inbox::resume(std::function<void()> resumed) {
    resumed_ = std::move(resumed);
    read_left_behind();
}

void Inbox::read_left_behind() {
    store_.write<std::vector<LeftBehind>>([](store::Database& db) { return list_left_behind(db); },
                                          [this, alive = alive_](auto left) {
                                              if (*alive) on_left_behind(left);
                                          });
}

void Inbox::on_left_behind(const Result<std::vector<LeftBehind>>& left) {
    if (!left) {
        log::error("channels", "unanswered messages not read, trying again",
                   {{"reason", left.error().message}});
        return retry_timer_.start(kTryAgain);
    }
    if (!left->empty()) {
        log::info("channels", "took up unanswered messages", {{"count", left->size()}});
    }
    for (const auto& [row, step] : *left) {
        if (step.routes) {
            route_late(row);
        } else if (step.announces) {
            answerer_.on_routed(to_routed(row.id, row));
        }
    }
    std::exchange(resumed_, {})();
}

void Inbox::try_again() {
    if (resumed_) return read_left_behind();
    for (store::Inbound& row : std::exchange(unrouted_, {}))
        route_late(std::move(row));
}

// Only rows that were admitted are left as accepted.
void Inbox::route_late(store::Inbound row) {
    row.session_key = session_key_of(row);
    store_.write<void>([row](store::Database& db) { return route(db, row); },
                       [this, alive = alive_, row](auto routed) {
                           if (!*alive) return;
                           if (routed) return answerer_.on_routed(to_routed(row.id, row));
                           log::error("channels", "message not routed, trying again",
                                      {{"reason", routed.error().message}});
                           unrouted_.push_back(row);
                           retry_timer_.start(kTryAgain);
                       });
}

std::string Inbox::session_key_of(const store::Inbound& row) const {
    if (row.chat_type == "direct") {
        return sessions::direct_key(dm_scope_, default_agent_, row.channel, row.account, row.peer);
    }
    return sessions::group_key(default_agent_, row.channel, row.chat_type, row.peer);
}

}  // namespace gw::channels
