// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/delivery/outbox.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/ids.h"
#include "base/log.h"
#include "store/patience.h"

namespace gw::delivery {

namespace {

using store::DeliveryState;

// The pause after the store could not say what is unfinished.
constexpr std::chrono::seconds kLoadAgain{1};

}  // namespace

Outcome outcome_of(const store::Delivery& row) {
    return {.delivery_id = row.id,
            .state = row.state,
            .provider_message_id = row.provider_message_id,
            .error = row.error};
}

store::Delivery row_of(NewDelivery what, std::int64_t now_ms) {
    return {.id = base::new_time_ordered_uuid(now_ms),
            .channel = std::move(what.channel),
            .account = std::move(what.account),
            .to = std::move(what.to),
            .text = std::move(what.text),
            .session_key = std::move(what.session_key),
            .idempotency_key = std::move(what.idempotency_key),
            .origin = std::move(what.origin),
            .state = DeliveryState::queued,
            .attempt = 0,
            .provider_message_id = {},
            .error = {},
            .created_ms = now_ms,
            .updated_ms = now_ms,
            .expires_ms = now_ms + what.expires_after.count(),
            .first_attempt_ms = 0,
            .reply_to = std::move(what.reply_to),
            .thread = std::move(what.thread),
            .is_silent = what.is_silent,
            .media = std::move(what.media),
            .content = std::move(what.content)};
}

Outbox::Outbox(loop::Loop& loop, const base::Clock& clock, store::Store& store)
    : clock_(clock),
      store_(store),
      timer_(loop, [this] { on_timer(); }),
      load_timer_(loop, [this] { load(); }),
      alive_(std::make_shared<bool>(true)) {}

Outbox::~Outbox() {
    *alive_ = false;
}

void Outbox::start(Sender& sender) {
    sender_ = &sender;
    load();
}

void Outbox::load() {
    store_.read<std::vector<store::Delivery>>(
        [](store::Database& db) { return store::unfinished_deliveries(db); },
        [this, alive = alive_](auto rows) {
            if (*alive) on_left_behind(std::move(rows));
        });
}

void Outbox::stop() {
    sender_ = nullptr;
    timer_.stop();
    load_timer_.stop();
}

void Outbox::submit(NewDelivery what, Ended ended, Alongside work) {
    accept(std::move(what), std::move(work), std::move(ended), {});
}

void Outbox::submit_alongside(NewDelivery what, Alongside work, Committed committed) {
    accept(std::move(what), std::move(work), {}, std::move(committed));
}

// Acceptance

void Outbox::accept(NewDelivery what, Alongside work, Ended ended, Committed committed) {
    const auto admitted = admit(what);
    if (admitted && !is_loaded_) {
        early_.push_back(
            {std::move(what), std::move(work), std::move(ended), std::move(committed)});
        return;
    }
    if (!admitted) {
        if (ended) ended(std::unexpected(admitted.error()));
        if (committed) committed(std::unexpected(admitted.error()));
        return;
    }
    auto entry = std::make_unique<Entry>();
    const std::int64_t now_ms = clock_.wall_ms();
    entry->row = row_of(std::move(what), now_ms);
    entry->lane = {entry->row.channel, entry->row.account, entry->row.to};
    if (ended) entry->waiting.push_back(std::move(ended));
    entry->committed = std::move(committed);

    // With a free lane the first attempt is committed together with the acceptance.
    const bool is_first = sender_ != nullptr && lanes_.is_free(entry->lane) &&
                          sender_->may_send(entry->row.channel, entry->row.account);
    if (is_first) {
        lanes_.occupy(entry->lane, entry->row.id);
        entry->row.state = DeliveryState::attempting;
        entry->row.attempt = 1;
        entry->row.first_attempt_ms = now_ms;
        entry->attempt_ms = now_ms;
    } else {
        lanes_.add(entry->lane, entry->row.id);
    }
    const store::Delivery row = entry->row;
    Entry& kept = *entries_.emplace(row.id, std::move(entry)).first->second;
    if (!kept.waiting.empty()) set_deadline(kept, clock_.steady() + store::kSlowCommit);
    store_.write<AcceptedRow>(
        [row, work = std::move(work)](store::Database& db) { return accept_row(db, row, work); },
        [this, alive = alive_, id = row.id](auto accepted) {
            if (*alive) on_accepted(id, std::move(accepted));
        });
}

Result<void> Outbox::admit(const NewDelivery& what) const {
    const bool is_too_long = what.text.size() > kMaxTextBytes || what.to.size() > kMaxTargetBytes ||
                             what.reply_to.size() > kMaxTargetBytes ||
                             what.thread.size() > kMaxTargetBytes;
    if (is_too_long) return fail(Errc::invalid_input, "the message is too long to be sent");
    const std::size_t waiting =
        is_loaded_ ? lanes_.count(what.channel, what.account) : early_.size();
    if (waiting < kMaxPerAccount) return {};
    return fail(Errc::limit_exceeded, "too many messages wait for " + what.channel + " (account " +
                                          what.account + "): try again later");
}

void Outbox::on_accepted(const std::string& id, Result<AcceptedRow> accepted) {
    Entry* entry = find_entry(id);
    GW_ASSERT(entry != nullptr, "an entry lives until its acceptance is known");
    if (accepted && !accepted->is_new) return join(id, accepted->row);
    if (!accepted) {
        log::error("delivery", "delivery not accepted", {{"reason", accepted.error().message}});
        const auto waiting = std::move(entry->waiting);
        const auto committed = std::move(entry->committed);
        drop(id);
        for (const Ended& ended : waiting)
            ended(std::unexpected(accepted.error()));
        if (committed) committed(std::unexpected(accepted.error()));
        return;
    }
    ++stats_.accepted;
    clear_deadline(*entry);
    const auto committed = std::exchange(entry->committed, {});
    if (entry->row.state == DeliveryState::attempting) {
        hand_over(*entry);
    } else if (entry->stage == Stage::accepting) {
        entry->stage = Stage::queued;
        set_expiry(*entry);
        pump(std::string(entry->row.channel), std::string(entry->row.account));
    }
    if (committed) committed({});
}

// The key was known: whoever asked gets the end of the delivery that holds it.
void Outbox::join(const std::string& id, const store::Delivery& row) {
    auto waiting = std::move(find_entry(id)->waiting);
    auto committed = std::move(find_entry(id)->committed);
    drop(id);
    if (Entry* held = find_entry(row.id); held != nullptr) {
        std::move(waiting.begin(), waiting.end(), std::back_inserter(held->waiting));
    } else {
        for (const Ended& ended : waiting)
            ended(outcome_of(row));
    }
    if (committed) committed({});
}

void Outbox::adopt(const store::Delivery& row) {
    if (!is_loaded_) return early_rows_.push_back(row);
    if (find_entry(row.id) != nullptr) return;  // it was read with what an earlier process left
    ++stats_.accepted;
    take_up(row);
    pump(row.channel, row.account);
}

void Outbox::cancel(const std::string& delivery_id, Ended ended) {
    Entry* entry = find_entry(delivery_id);
    if (entry == nullptr || entry->stage != Stage::queued) {
        const std::string why = entry == nullptr ? " does not wait to be sent: it has ended, if it"
                                                   " ever was"
                                                 : " is being sent";
        return ended(fail(Errc::invalid_input, "delivery " + delivery_id + why));
    }
    entry->waiting.push_back(std::move(ended));
    step(*entry, {.event = Event::cancelled});
}

// What an earlier process left

void Outbox::on_left_behind(Result<std::vector<store::Delivery>> rows) {
    if (!rows) {
        log::error("delivery", "unfinished deliveries not read, trying again",
                   {{"reason", rows.error().message}});
        for (Early& early : early_) {
            if (early.ended) std::exchange(early.ended, {})(store::still_committing());
        }
        return load_timer_.start(kLoadAgain);
    }
    for (const store::Delivery& row : *rows)
        take_up(row);
    if (!rows->empty()) {
        log::info("delivery", "took up unfinished deliveries", {{"count", rows->size()}});
    }
    is_loaded_ = true;
    for (const store::Delivery& row : std::exchange(early_rows_, {}))
        adopt(row);
    for (Early& early : std::exchange(early_, {}))
        accept(std::move(early.what), std::move(early.work), std::move(early.ended),
               std::move(early.committed));
    pump_all();
}

void Outbox::take_up(const store::Delivery& row) {
    auto owned = std::make_unique<Entry>();
    Entry& entry = *owned;
    entry.row = row;
    entry.lane = {row.channel, row.account, row.to};
    entry.stage = Stage::queued;
    entry.doubt_ms = row.first_attempt_ms;
    entries_.emplace(row.id, std::move(owned));
    if (row.state == DeliveryState::queued) {
        lanes_.add(entry.lane, row.id);
        return set_expiry(entry);
    }
    // One that says nothing of its first attempt was written before such things were kept.
    if (entry.doubt_ms == 0) entry.doubt_ms = row.updated_ms;
    if (lanes_.resume(entry.lane, row.id)) return step(entry, {.event = Event::left_behind});
    // Two of one lane: the store had refused the end of the first. It waits in its turn.
    lanes_.add(entry.lane, row.id);
    set_expiry(entry);
}

// Time

void Outbox::set_deadline(Entry& entry, base::SteadyTime deadline) {
    clear_deadline(entry);
    entry.deadline = deadline;
    deadlines_.emplace(deadline, entry.row.id);
    arm();
}

void Outbox::clear_deadline(Entry& entry) {
    deadlines_.erase({std::exchange(entry.deadline, {}), entry.row.id});
}

// One timer for all: the earliest of the entries' deadlines and the lanes' pauses.
void Outbox::arm() {
    if (sender_ == nullptr) return;
    const auto now = clock_.steady();
    auto due = lanes_.next_due();
    if (!deadlines_.empty()) {
        const auto first = deadlines_.begin()->first;
        due = due ? std::min(*due, first) : first;
    }
    if (!due) return timer_.stop();
    const auto after = std::chrono::ceil<std::chrono::milliseconds>(*due - now);
    timer_.start(std::max(after, std::chrono::milliseconds(0)));
}

void Outbox::on_timer() {
    const auto now = clock_.steady();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        Entry& entry = *find_entry(deadlines_.begin()->second);
        clear_deadline(entry);
        on_deadline(entry);
    }
    lanes_.wake(now);
    pump_all();
    arm();
}

void Outbox::on_deadline(Entry& entry) {
    switch (entry.stage) {
        case Stage::queued: return step(entry, {.event = Event::expired});
        case Stage::doubtful:
            if (clock_.wall_ms() >= entry.row.expires_ms) {
                return step(entry, {.event = Event::expired});
            }
            return step(entry, {.event = Event::worker_ready});
        case Stage::ordered:
        case Stage::started:
        case Stage::looking_up: return step(entry, {.event = Event::no_answer});
        case Stage::requeueing: return write_requeue(entry);
        case Stage::finishing: return write_end(entry);
        case Stage::accepting:
        case Stage::marking:
            // The store's turn still; those who asked have waited long enough.
            for (const Ended& ended : std::exchange(entry.waiting, {}))
                ended(store::still_committing());
            return;
    }
}

// The end of the time in which it may be delivered.
void Outbox::set_expiry(Entry& entry) {
    set_deadline(entry, clock_.steady() +
                            std::chrono::milliseconds(entry.row.expires_ms - clock_.wall_ms()));
}

// Entries

bool Outbox::is_anothers(const std::string& delivery_id, const std::string& channel,
                         const std::string& account) const {
    const auto it = entries_.find(delivery_id);
    if (it == entries_.end()) return false;
    return it->second->row.channel != channel || it->second->row.account != account;
}

OutboxStats Outbox::stats() const {
    OutboxStats stats = stats_;
    for (const auto& [id, entry] : entries_) {
        const bool is_out = entry->stage != Stage::accepting && entry->stage != Stage::queued &&
                            entry->stage != Stage::marking && entry->stage != Stage::requeueing;
        ++(is_out ? stats.attempting : stats.queued);
    }
    return stats;
}

Backlog Outbox::backlog(const std::string& channel, const std::string& account) const {
    Backlog backlog;
    backlog.deliveries = lanes_.count(channel, account);
    for (const std::string& id : lanes_.heads(channel, account)) {
        const std::int64_t accepted_ms = entries_.at(id)->row.created_ms;
        const bool is_oldest = backlog.oldest_ms == 0 || accepted_ms < backlog.oldest_ms;
        if (is_oldest) backlog.oldest_ms = accepted_ms;
    }
    return backlog;
}

Outbox::Entry* Outbox::find_entry(const std::string& id) {
    const auto it = entries_.find(id);
    return it == entries_.end() ? nullptr : it->second.get();
}

Outbox::Entry* Outbox::find_attempt(const std::string& id, int attempt) {
    Entry* entry = find_entry(id);
    const bool is_it = entry != nullptr && entry->row.attempt == attempt &&
                       (entry->stage == Stage::ordered || entry->stage == Stage::started);
    return is_it ? entry : nullptr;
}

std::vector<std::string> Outbox::ids_of(const std::string& channel,
                                        const std::string& account) const {
    std::vector<std::string> ids;
    for (const auto& [id, entry] : entries_) {
        if (entry->row.channel == channel && entry->row.account == account) ids.push_back(id);
    }
    // In the order of acceptance, whatever the order of the table.
    std::sort(ids.begin(), ids.end());
    return ids;
}

void Outbox::drop(const std::string& id) {
    const auto it = entries_.find(id);
    const LaneKey lane = it->second->lane;
    clear_deadline(*it->second);
    entries_.erase(it);
    lanes_.remove(lane, id);
    pump(lane.channel, lane.account);
}

}  // namespace gw::delivery
