// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/inbox.h"

#include <utility>

#include "base/log.h"
#include "gatewayd/access/judge.h"
#include "gatewayd/channels/inbound_message.h"
#include "gatewayd/channels/target.h"
#include "gatewayd/sessions/keys.h"
#include "ipc/limits.h"

namespace gw::channels {

namespace {

// The pause after the store refused what it will be asked for again.
constexpr std::chrono::seconds kTryAgain{1};

// Above this a worker has broken the contract.
constexpr std::size_t kMaxCursorBytes = 64 * 1024;

bool is_id(const std::string& text) {
    return !text.empty() && text.size() <= ipc::kMaxIdBytes;
}

}  // namespace

Inbox::Inbox(loop::Loop& loop, const base::Clock& clock, store::Store& store, CommitOrder& order,
             const config::Config& config, access::Pairing& pairing, Answerer& answerer)
    : clock_(clock),
      store_(store),
      order_(order),
      config_(config),
      pairing_(pairing),
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

// Facts, and what follows from them: nothing is written yet.
Judged Inbox::judge(const config::Account& account, const std::string& self_id,
                    const proto::MessageReceived& message, const ReceivedFiles& files) const {
    Judged judged{.row = row_of(account, message, files, clock_.wall_ms()),
                  .is_admitted = false,
                  .pairing = std::nullopt,
                  .files = files,
                  .max_heard = config_.group_history_limit};
    store::Inbound& row = judged.row;
    access::Facts facts = facts_of(config_, self_id, message, row);
    facts.is_paired =
        pairing_.is_allowed(row.channel, row.account, row.sender_id, facts.sender_is_mutable);
    const access::Verdict verdict = access::judge(account, facts);
    log::debug(
        "channels", "message received",
        {{"channel", row.channel}, {"account", row.account}, {"verdict", access::name(verdict)}});
    judged.is_admitted = verdict == access::Verdict::admitted;
    if (verdict == access::Verdict::may_pair) judged.pairing = pairing_of(message, row);
    row.context = verdict == access::Verdict::is_happening    ? store::Context::happening
                  : verdict == access::Verdict::not_mentioned ? store::Context::heard
                                                              : store::Context::none;
    const bool has_session = judged.is_admitted || row.context != store::Context::none;
    if (has_session) row.session_key = session_key_of(row);
    return judged;
}

Result<void> Inbox::take(const config::Account& account, const std::string& self_id,
                         const proto::MessageReceived& message, const ReceivedFiles& files,
                         std::function<void(Result<void>)> committed) {
    TRY_VOID(check(message));
    TRY(Arrival arrival,
        admit(account, message.event_id(), message.cursor(), KeptEvent{message.event_id()}));
    Judged judged = judge(account, self_id, message, files);
    ++stats_.received;
    const store::Inbound row = judged.row;
    store_.write<KeptMessage>(
        [arrival = std::move(arrival), judged = std::move(judged)](store::Database& db) {
            return keep_message(db, arrival, judged);
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
    if (kept->asked) pairing_.on_asked(*kept->asked);
    if (step.announces) answerer_.on_routed(routed(kept->id, row));
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
            answerer_.on_routed(routed(row.id, row));
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
    store_.write<void>([row, max_heard = config_.group_history_limit](
                           store::Database& db) { return route(db, row, max_heard); },
                       [this, alive = alive_, row](auto stored) {
                           if (!*alive) return;
                           if (stored) return answerer_.on_routed(routed(row.id, row));
                           log::error("channels", "message not routed, trying again",
                                      {{"reason", stored.error().message}});
                           unrouted_.push_back(row);
                           retry_timer_.start(kTryAgain);
                       });
}

std::string Inbox::session_key_of(const store::Inbound& row) const {
    const sessions::DmScope scope = sessions::dm_scope_of(config_.dm_scope);
    const std::string key =
        row.chat_type == "direct"
            ? sessions::direct_key(scope, config_.default_agent, row.channel, row.account, row.peer)
            : sessions::group_key(config_.default_agent, row.channel, row.chat_type, row.peer);
    return sessions::thread_key(key, row.channel, row.thread);
}

RoutedMessage Inbox::routed(std::int64_t id, const store::Inbound& row) const {
    using config::ReplyToMode;
    const config::Account* account = find_account(config_.accounts, row.channel, row.account);
    const ReplyToMode mode = account == nullptr ? ReplyToMode::off : account->reply_to_mode;
    const bool refers =
        mode == ReplyToMode::all || (mode == ReplyToMode::first && row.chat_type != "direct");
    return {.inbound_id = id,
            .channel = row.channel,
            .account = row.account,
            .peer = row.peer,
            .session_key = row.session_key,
            .text = row.text,
            .thread = row.thread,
            .reply_to = refers ? row.provider_message_id : std::string()};
}

}  // namespace gw::channels
