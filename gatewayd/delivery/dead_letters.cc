// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/delivery/dead_letters.h"

#include <utility>

#include "gatewayd/delivery/rows.h"
#include "store/idempotency.h"

namespace gw::delivery {

namespace {

// Both the idempotency key and the origin of what repeats a dead letter: one, however often asked.
std::string retry_key(const std::string& id) {
    return std::string(kRetryOrigin) + id;
}

bool is_mirrored_when_sent(const store::Delivery& letter) {
    return letter.origin == "send" || letter.origin.starts_with(kRetryOrigin);
}

NewDelivery copy_of(const store::Delivery& letter) {
    NewDelivery copy;
    copy.channel = letter.channel;
    copy.account = letter.account;
    copy.to = letter.to;
    copy.text = letter.text;
    copy.media = letter.media;
    if (is_mirrored_when_sent(letter)) copy.session_key = letter.session_key;
    copy.idempotency_key = retry_key(letter.id);
    copy.origin = retry_key(letter.id);
    copy.reply_to = letter.reply_to;
    copy.thread = letter.thread;
    copy.is_silent = letter.is_silent;
    copy.content = letter.content;
    return copy;
}

}  // namespace

DeadLetters::DeadLetters(const base::Clock& clock, store::Store& store, Outbox& outbox)
    : clock_(clock), store_(store), outbox_(outbox), alive_(std::make_shared<bool>(true)) {}

DeadLetters::~DeadLetters() {
    *alive_ = false;
}

void DeadLetters::retry(const std::string& id, Retried retried) {
    store_.read<Found>([id](store::Database& db) { return find(db, id); },
                       [this, alive = alive_, id, retried = std::move(retried)](auto found) {
                           if (*alive) on_found(id, found, retried);
                       });
}

Result<DeadLetters::Found> DeadLetters::find(store::Database& db, const std::string& id) {
    Found found;
    TRY(found.letter, store::find_delivery(db, id));
    TRY(const auto key, store::find_key(db, retry_key(id)));
    if (key) found.successor = key->reference;
    return found;
}

void DeadLetters::on_found(const std::string& id, const Result<Found>& found,
                           const Retried& retried) {
    if (!found) return retried(std::unexpected(found.error()));
    if (!found->successor.empty()) return retried(found->successor);
    if (!found->letter) return retried(fail(Errc::not_found, "no delivery " + id));
    const store::Delivery& letter = *found->letter;
    if (!store::is_dead(letter.state)) {
        return retried(fail(Errc::invalid_input, "delivery " + id + " is " +
                                                     std::string(store::name(letter.state)) +
                                                     ": only a dead letter is sent again"));
    }
    if (letter.settled_ms != 0) {
        return retried(fail(Errc::invalid_input, "delivery " + id + " was settled before"));
    }
    submit(letter, retried);
}

void DeadLetters::submit(const store::Delivery& letter, Retried retried) {
    outbox_.submit_alongside(
        copy_of(letter),
        [id = letter.id, now_ms = clock_.wall_ms()](store::Database& db) {
            return store::settle_delivery(db, id, now_ms);
        },
        [this, alive = alive_, id = letter.id, retried = std::move(retried)](auto committed) {
            if (*alive) on_submitted(id, committed, retried);
        });
}

// Ours or that of somebody who asked at the same time: the key knows which delivery it is.
void DeadLetters::on_submitted(const std::string& id, const Result<void>& committed,
                               Retried retried) {
    if (!committed) return retried(std::unexpected(committed.error()));
    store_.read<Found>([id](store::Database& db) { return find(db, id); },
                       [retried = std::move(retried)](auto found) {
                           if (!found) return retried(std::unexpected(found.error()));
                           retried(found->successor);
                       });
}

void DeadLetters::drop(const std::string& id, Done done) {
    store_.write<void>([id, now_ms = clock_.wall_ms()](
                           store::Database& db) { return store::settle_delivery(db, id, now_ms); },
                       std::move(done));
}

}  // namespace gw::delivery
