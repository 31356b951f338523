// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The outbox's attempts: from a lane to the worker, and how each one ends.

#include "base/check.h"
#include "base/log.h"
#include "gatewayd/delivery/outbox.h"
#include "gatewayd/delivery/retry.h"

namespace gw::delivery {

namespace {

using store::DeliveryState;

// When the store said no to something that must become durable, it is asked again after this.
constexpr std::chrono::milliseconds kStoreRetry{1'000};
// When the worker took no order although it looked ready.
constexpr std::chrono::milliseconds kHandOverRetry{250};

constexpr std::string_view kWorkerLost =
    "the worker ended while this was being sent; whether it arrived is not known";

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
        begin_attempt(*entry);
    }
}

void Outbox::begin_attempt(Entry& entry) {
    clear_deadline(entry);
    entry.stage = Stage::marking;
    entry.row.state = DeliveryState::queued;
    entry.row.attempt += 1;
    store_.write<void>(
        [id = entry.row.id, attempt = entry.row.attempt, now_ms = clock_.wall_ms()](
            store::Database& db) { return store::mark_attempting(db, id, attempt, now_ms); },
        [this, alive = alive_, id = entry.row.id](auto marked) {
            if (*alive) on_marked(id, marked);
        });
}

void Outbox::on_marked(const std::string& id, const Result<void>& marked) {
    Entry* entry = find_entry(id);
    if (entry == nullptr) return;  // was not accepted after all
    if (!marked) {
        log::error("delivery", "attempt not committed", {{"reason", marked.error().message}});
        return requeue(*entry, kStoreRetry, marked.error().message);
    }
    entry->row.state = DeliveryState::attempting;
    hand_over(*entry);
}

void Outbox::hand_over(Entry& entry) {
    entry.stage = Stage::with_worker;
    entry.has_started = false;
    // The gateway is ending. Nothing left, and the next start must not believe otherwise.
    if (sender_ == nullptr) return requeue(entry, {}, "the gateway is ending");
    const Result<void> sent = sender_->send({.delivery_id = entry.row.id,
                                             .attempt = entry.row.attempt,
                                             .channel = entry.row.channel,
                                             .account = entry.row.account,
                                             .to = entry.row.to,
                                             .text = entry.row.text});
    if (!sent) return requeue(entry, kHandOverRetry, sent.error().message);
    set_deadline(entry, clock_.steady() + kAttemptDeadline);
}

void Outbox::on_attempt_started(const std::string& delivery_id, int attempt) {
    if (Entry* entry = find_attempt(delivery_id, attempt)) entry->has_started = true;
}

void Outbox::on_sent(const std::string& delivery_id, int attempt,
                     const std::string& provider_message_id) {
    if (Entry* entry = find_attempt(delivery_id, attempt)) {
        finish(*entry, DeliveryState::sent, provider_message_id, {});
    }
}

void Outbox::on_failed(const std::string& delivery_id, int attempt, Failure failure,
                       const std::string& reason, std::chrono::milliseconds retry_after) {
    Entry* entry = find_attempt(delivery_id, attempt);
    if (entry == nullptr) return;
    const Verdict verdict =
        judge(failure, attempt, retry_after, clock_.wall_ms(), entry->row.expires_ms);
    if (!verdict.is_retried) return finish(*entry, verdict.end, {}, reason);
    ++stats_.retries;
    requeue(*entry, verdict.delay, reason);
}

void Outbox::on_account_ready(const std::string& channel, const std::string& account) {
    pump(channel, account);
}

void Outbox::on_account_gone(const std::string& channel, const std::string& account) {
    std::vector<std::string> under_way;
    for (const auto& [id, entry] : entries_) {
        const bool is_theirs = entry->row.channel == channel && entry->row.account == account;
        if (is_theirs && entry->stage == Stage::with_worker) under_way.push_back(id);
    }
    for (const std::string& id : under_way) {
        Entry& entry = *find_entry(id);
        if (entry.has_started) {
            finish(entry, DeliveryState::uncertain, {}, std::string(kWorkerLost));
        } else {
            requeue(entry, {}, "the worker ended before it began to send");
        }
    }
}

// Ends of an attempt

void Outbox::requeue(Entry& entry, std::chrono::milliseconds after, const std::string& why) {
    log::info("delivery", "delivery will be tried again",
              {{"delivery", entry.row.id},
               {"attempt", entry.row.attempt},
               {"after_ms", after.count()},
               {"reason", why}});
    entry.not_before = clock_.steady() + after;
    entry.stage = Stage::requeueing;
    clear_deadline(entry);
    if (entry.row.state == DeliveryState::attempting) return write_requeue(entry);
    on_requeued(entry.row.id, {});
}

void Outbox::write_requeue(Entry& entry) {
    store_.write<void>([id = entry.row.id, now_ms = clock_.wall_ms()](
                           store::Database& db) { return store::requeue_delivery(db, id, now_ms); },
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
    set_deadline(entry, clock_.steady() +
                            std::chrono::milliseconds(entry.row.expires_ms - clock_.wall_ms()));
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
