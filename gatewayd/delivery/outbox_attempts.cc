// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The outbox's attempts: from a lane to the worker, and how each one ends.

#include <algorithm>

#include "base/check.h"
#include "base/log.h"
#include "gatewayd/delivery/outbox.h"

namespace gw::delivery {

namespace {

using store::DeliveryState;

// When the store said no to something that must become durable, it is asked again after this.
constexpr std::chrono::milliseconds kStoreRetry{1'000};
// The worker took no question: it is going, or reads slowly.
constexpr std::chrono::milliseconds kAskAgain{250};

}  // namespace

void Outbox::pump_all() {
    for (const auto& [channel, account] : lanes_.accounts())
        pump(channel, account);
}

void Outbox::pump(const std::string& channel, const std::string& account) {
    if (!is_loaded_ || sender_ == nullptr || !sender_->may_send(channel, account)) return;
    while (const auto id = lanes_.take(channel, account, clock_.steady())) {
        Entry* entry = find_entry(*id);
        GW_ASSERT(entry != nullptr, "what waits in a lane is an entry");
        step(*entry, {.event = Event::taken});
    }
}

// What the table says, carried out. The entry may be gone afterwards.
void Outbox::step(Entry& entry, Happening happening, const std::string& said,
                  const std::string& provider_message_id) {
    happening.now_ms = clock_.wall_ms();
    const Step what = next(custody_of(entry), happening);
    const std::string reason = what.reason.empty() ? said : std::string(what.reason);
    switch (what.kind) {
        case Step::Kind::nothing: return;
        case Step::Kind::attempt: return begin_attempt(entry);
        case Step::Kind::hand_over: return hand_over(entry);
        case Step::Kind::requeue: return requeue(entry, what.delay, what.doubt_ms, reason);
        case Step::Kind::hold: return hold(entry, what.doubt_ms, what.delay);
        case Step::Kind::look_up: return ask(entry, what.doubt_ms);
        case Step::Kind::finish: return finish(entry, what.end, provider_message_id, reason);
    }
}

Custody Outbox::custody_of(const Entry& entry) const {
    const store::Delivery& row = entry.row;
    Custody custody{.stage = entry.stage,
                    .attempt = row.attempt,
                    .lost = entry.lost,
                    .expires_ms = row.expires_ms,
                    .attempt_ms = entry.attempt_ms,
                    .doubtful_ms = entry.doubtful_ms,
                    .doubt_ms = entry.doubt_ms,
                    .provider = {},
                    .is_connected = false};
    if (sender_ == nullptr) return custody;
    custody.provider = sender_->find_provider(row.channel, row.account);
    custody.is_connected = sender_->may_send(row.channel, row.account);
    return custody;
}

void Outbox::begin_attempt(Entry& entry) {
    // One that is being accepted still owes an answer in time.
    if (entry.stage != Stage::accepting) clear_deadline(entry);
    entry.stage = Stage::marking;
    entry.attempt_ms = clock_.wall_ms();
    entry.row.state = DeliveryState::queued;
    entry.row.attempt += 1;
    const std::int64_t first_ms = entry.doubt_ms != 0 ? entry.doubt_ms : entry.attempt_ms;
    entry.row.first_attempt_ms = first_ms;
    store_.write<void>(
        [id = entry.row.id, attempt = entry.row.attempt, first_ms,
         now_ms = entry.attempt_ms](store::Database& db) {
            return store::mark_attempting(db, id, attempt, first_ms, now_ms);
        },
        [this, alive = alive_, id = entry.row.id](auto marked) {
            if (*alive) on_marked(id, marked);
        });
}

void Outbox::on_marked(const std::string& id, const Result<void>& marked) {
    Entry* entry = find_entry(id);
    if (entry == nullptr) return;  // was not accepted after all
    if (!marked) {
        log::error("delivery", "attempt not committed", {{"reason", marked.error().message}});
        return requeue(*entry, kStoreRetry, entry->doubt_ms, marked.error().message);
    }
    entry->row.state = DeliveryState::attempting;
    step(*entry, {.event = Event::marked});
}

// The worker's patience, and that of a provider that is to take this for the same message.
std::int64_t Outbox::begin_before(const Entry& entry) const {
    const std::int64_t patience_ms = clock_.wall_ms() + kOrderDeadline.count();
    const auto window_ms = end_of_window(custody_of(entry));
    return window_ms ? std::min(*window_ms, patience_ms) : patience_ms;
}

void Outbox::hand_over(Entry& entry) {
    entry.stage = Stage::ordered;
    // The gateway is ending. Nothing left, and the next start must not believe otherwise.
    if (sender_ == nullptr) return requeue(entry, {}, entry.doubt_ms, "the gateway is ending");
    const store::Delivery& row = entry.row;
    const Result<void> sent = sender_->send({.delivery_id = row.id,
                                             .attempt = row.attempt,
                                             .channel = row.channel,
                                             .account = row.account,
                                             .to = row.to,
                                             .text = row.text,
                                             .client_id = row.id,
                                             .reply_to = row.reply_to,
                                             .thread = row.thread,
                                             .is_silent = row.is_silent,
                                             .begin_before_ms = begin_before(entry),
                                             .media = row.media,
                                             .content = row.content});
    if (!sent) return step(entry, {.event = Event::not_handed_to}, sent.error().message);
    entry.handed = ++last_handed_;
    set_deadline(entry, clock_.steady() + kOrderDeadline);
}

void Outbox::on_attempt_started(const std::string& delivery_id, int attempt) {
    Entry* entry = find_attempt(delivery_id, attempt);
    if (entry == nullptr || entry->stage != Stage::ordered) return;
    entry->stage = Stage::started;
    const std::chrono::seconds for_length(entry->row.text.size() / kSlowestBytesPerSecond);
    set_deadline(*entry, clock_.steady() + kAttemptDeadline + for_length);
}

void Outbox::on_sent(const std::string& delivery_id, int attempt,
                     const std::string& provider_message_id) {
    if (Entry* entry = find_attempt(delivery_id, attempt)) {
        step(*entry, {.event = Event::sent}, {}, provider_message_id);
    }
}

void Outbox::on_failed(const std::string& delivery_id, int attempt, Failure failure,
                       const std::string& reason, std::chrono::milliseconds retry_after) {
    if (Entry* entry = find_attempt(delivery_id, attempt)) {
        step(*entry, {.event = Event::failed, .failure = failure, .retry_after = retry_after},
             reason);
    }
}

void Outbox::on_looked_up(const std::string& delivery_id, LookUp outcome,
                          const std::string& provider_message_id) {
    if (Entry* entry = find_entry(delivery_id)) {
        step(*entry, {.event = Event::looked_up, .look_up = outcome}, {}, provider_message_id);
    }
}

void Outbox::on_account_ready(const std::string& channel, const std::string& account) {
    for (const std::string& id : ids_of(channel, account)) {
        if (Entry* entry = find_entry(id)) step(*entry, {.event = Event::worker_ready});
    }
    pump(channel, account);
}

void Outbox::on_account_gone(const std::string& channel, const std::string& account,
                             bool was_heard_out) {
    const std::vector<std::string> ids = ids_of(channel, account);
    const std::string next = next_order_of(ids);
    for (const std::string& id : ids) {
        Entry* entry = find_entry(id);
        if (entry == nullptr) continue;
        const bool is_suspect = entry->stage == Stage::started || id == next;
        step(
            *entry,
            {.event = Event::worker_gone, .was_heard_out = was_heard_out, .is_suspect = is_suspect},
            "the worker ended");
        entry = find_entry(id);
        if (is_suspect && entry != nullptr) ++entry->lost;
    }
}

// The order that the worker would have begun next: those behind it are not why it ended.
std::string Outbox::next_order_of(const std::vector<std::string>& ids) {
    const Entry* next = nullptr;
    for (const std::string& id : ids) {
        const Entry* entry = find_entry(id);
        if (entry == nullptr || entry->stage != Stage::ordered) continue;
        if (next == nullptr || entry->handed < next->handed) next = entry;
    }
    return next == nullptr ? std::string() : next->row.id;
}

// Doubt

// The present attempt is over; doubt_ms is since when one may have arrived.
void Outbox::end_attempt(Entry& entry, std::int64_t doubt_ms) {
    const bool is_new = entry.attempt_ms != 0 || entry.doubtful_ms == 0;
    entry.doubt_ms = doubt_ms;
    entry.attempt_ms = 0;
    if (is_new) entry.doubtful_ms = doubt_ms == 0 ? 0 : clock_.wall_ms();
}

void Outbox::hold(Entry& entry, std::int64_t doubt_ms, std::chrono::milliseconds delay) {
    entry.stage = Stage::doubtful;
    end_attempt(entry, doubt_ms);
    set_expiry(entry);
    if (delay.count() == 0) return;
    set_deadline(entry, std::min(entry.deadline, clock_.steady() + delay));
}

void Outbox::ask(Entry& entry, std::int64_t doubt_ms) {
    const store::Delivery& row = entry.row;
    const Result<void> asked = sender_->look_up({.delivery_id = row.id,
                                                 .channel = row.channel,
                                                 .account = row.account,
                                                 .to = row.to,
                                                 .text = row.text,
                                                 .client_id = row.id,
                                                 .attempted_ms = doubt_ms});
    if (!asked) return hold(entry, doubt_ms, kAskAgain);
    entry.stage = Stage::looking_up;
    end_attempt(entry, doubt_ms);
    set_deadline(entry, clock_.steady() + kLookUpDeadline);
}

// Ends of an attempt

void Outbox::requeue(Entry& entry, std::chrono::milliseconds after, std::int64_t doubt_ms,
                     const std::string& why) {
    log::info("delivery", "delivery will be tried again",
              {{"delivery", entry.row.id},
               {"attempt", entry.row.attempt},
               {"may_have_arrived", doubt_ms != 0},
               {"after_ms", after.count()},
               {"reason", why}});
    ++stats_.retries;
    const bool is_written =
        entry.row.state == DeliveryState::attempting || entry.row.first_attempt_ms != doubt_ms;
    entry.not_before = clock_.steady() + after;
    entry.stage = Stage::requeueing;
    end_attempt(entry, doubt_ms);
    entry.row.first_attempt_ms = doubt_ms;
    clear_deadline(entry);
    if (is_written) return write_requeue(entry);
    on_requeued(entry.row.id, {});
}

void Outbox::write_requeue(Entry& entry) {
    store_.write<void>(
        [id = entry.row.id, doubt_ms = entry.doubt_ms, now_ms = clock_.wall_ms()](
            store::Database& db) { return store::requeue_delivery(db, id, doubt_ms, now_ms); },
        [this, alive = alive_, id = entry.row.id](auto stored) {
            if (*alive) on_requeued(id, stored);
        });
}

void Outbox::on_requeued(const std::string& id, const Result<void>& stored) {
    Entry& entry = *find_entry(id);
    if (!stored) {
        log::error("delivery", "delivery not requeued", {{"reason", stored.error().message}});
        return set_deadline(entry, clock_.steady() + kStoreRetry);
    }
    entry.stage = Stage::queued;
    entry.row.state = DeliveryState::queued;
    lanes_.put_back(entry.lane, id, entry.not_before);
    set_expiry(entry);
    pump(std::string(entry.row.channel), std::string(entry.row.account));
    arm();
}

void Outbox::finish(Entry& entry, DeliveryState state, const std::string& provider_message_id,
                    const std::string& error) {
    entry.stage = Stage::finishing;
    entry.row.state = state;
    entry.row.provider_message_id = provider_message_id;
    entry.row.error = error;
    clear_deadline(entry);
    write_end(entry);
    // The next of its lane may go: what it writes is committed behind this end.
    lanes_.remove(entry.lane, entry.row.id);
    pump(std::string(entry.row.channel), std::string(entry.row.account));
}

void Outbox::write_end(Entry& entry) {
    store_.write<void>([row = entry.row, now_ms = clock_.wall_ms()](
                           store::Database& db) { return finish_row(db, row, now_ms); },
                       [this, alive = alive_, id = entry.row.id](auto stored) {
                           if (*alive) on_finished(id, stored);
                       });
}

void Outbox::on_finished(const std::string& id, const Result<void>& stored) {
    Entry& entry = *find_entry(id);
    if (!stored) {
        log::error("delivery", "end of a delivery not committed",
                   {{"delivery", id}, {"reason", stored.error().message}});
        return set_deadline(entry, clock_.steady() + kStoreRetry);
    }
    const store::Delivery row = entry.row;
    const auto waiting = std::move(entry.waiting);
    drop(id);
    count(row);
    for (const Ended& ended : waiting)
        ended(outcome_of(row));
    if (events_ != nullptr && row.state != DeliveryState::sent) events_->on_delivery_ended(row);
}

void Outbox::count(const store::Delivery& row) {
    switch (row.state) {
        case DeliveryState::sent: ++stats_.sent; return;
        case DeliveryState::failed: ++stats_.failed; break;
        case DeliveryState::uncertain: ++stats_.uncertain; break;
        case DeliveryState::expired: ++stats_.expired; break;
        case DeliveryState::queued:
        case DeliveryState::attempting:
        case DeliveryState::cancelled: break;
    }
    log::warn("delivery", "delivery not confirmed",
              {{"delivery", row.id},
               {"channel", row.channel},
               {"account", row.account},
               {"state", store::name(row.state)},
               {"reason", row.error}});
}

}  // namespace gw::delivery
