// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/access/pairing.h"

#include <utility>

#include "base/log.h"
#include "gatewayd/access/ids.h"

namespace gw::access {

namespace {

// The pause after the store could not say who is allowed.
constexpr std::chrono::seconds kReadAgain{1};

}  // namespace

Pairing::Pairing(loop::Loop& loop, const base::Clock& clock, store::Store& store,
                 delivery::Outbox& outbox)
    : clock_(clock),
      store_(store),
      outbox_(outbox),
      patience_(loop),
      retry_timer_(loop, [this] { read_allowed(); }),
      alive_(std::make_shared<bool>(true)) {}

Pairing::~Pairing() {
    *alive_ = false;
}

Pairing::Key Pairing::key_of(const std::string& channel, const std::string& account,
                             const std::string& sender_id) {
    return {channel, account, lowered(sender_id)};
}

// The allow-list

void Pairing::load(std::function<void()> loaded) {
    loaded_ = std::move(loaded);
    read_allowed();
}

void Pairing::read_allowed() {
    store_.read<std::vector<store::AllowedSender>>(
        [](store::Database& db) { return store::list_allowed(db, ""); },
        [this, alive = alive_](const auto& senders) {
            if (*alive) on_read(senders);
        });
}

void Pairing::on_read(const Result<std::vector<store::AllowedSender>>& senders) {
    if (!senders) {
        log::error("access", "allowed senders not read, trying again",
                   {{"reason", senders.error().message}});
        return retry_timer_.start(kReadAgain);
    }
    for (const store::AllowedSender& one : *senders)
        allowed_[key_of(one.channel, one.account, one.sender_id)] = one.is_mutable;
    std::exchange(loaded_, {})();
}

bool Pairing::is_allowed(const std::string& channel, const std::string& account,
                         const std::string& sender_id, bool is_mutable) const {
    const auto found = allowed_.find(key_of(channel, account, sender_id));
    return found != allowed_.end() && (found->second || !is_mutable);
}

void Pairing::list_allowed(const std::string& channel,
                           Done<std::vector<store::AllowedSender>> done) {
    store_.read<std::vector<store::AllowedSender>>(
        [channel](store::Database& db) { return store::list_allowed(db, channel); },
        patience_.limit<std::vector<store::AllowedSender>>(std::move(done)));
}

void Pairing::remove(const std::string& channel, const std::string& account,
                     const std::string& sender_id, Done<void> done) {
    store_.write<bool>(
        [channel, account, sender_id](store::Database& db) {
            return store::remove_allowed(db, channel, account, sender_id);
        },
        [this, alive = alive_, key = key_of(channel, account, sender_id),
         done = patience_.limit<void>(std::move(done))](const Result<bool>& was_there) {
            if (*alive) on_removed(key, was_there, done);
        });
}

void Pairing::on_removed(const Key& key, const Result<bool>& was_there, const Done<void>& done) {
    if (!was_there) return done(std::unexpected(was_there.error()));
    const auto& [channel, account, sender] = key;
    if (!*was_there) {
        return done(fail(Errc::not_found, "nobody with the id " + sender + " was paired with " +
                                              channel + " (account " + account +
                                              "); allowFrom is changed in the configuration"));
    }
    allowed_.erase(key);
    log::info("access", "a paired sender was removed",
              {{"channel", channel}, {"account", account}, {"sender", sender}});
    done({});
}

// Requests

void Pairing::on_asked(const Asked& asked) {
    const store::PairingRequest& request = asked.request;
    outbox_.adopt(asked.reply);
    log::info("access", "a stranger asks to be admitted",
              {{"channel", request.channel},
               {"account", request.account},
               {"sender", request.sender_id},
               {"look", "gatewayctl pairing list"}});
    if (events_ != nullptr) events_->on_pairing_requested(request);
}

void Pairing::list(const std::string& channel, Done<std::vector<store::PairingRequest>> done) {
    // Where it is known what is pending, and what has been forgotten.
    store_.write<std::vector<store::PairingRequest>>(
        [channel, now_ms = clock_.wall_ms()](
            store::Database& db) -> Result<std::vector<store::PairingRequest>> {
            TRY_VOID(store::forget_pairing(db, now_ms));
            return store::list_pairing(db, channel);
        },
        patience_.limit<std::vector<store::PairingRequest>>(std::move(done)));
}

void Pairing::approve(const std::string& channel, const std::string& code,
                      Done<store::AllowedSender> done) {
    store_.write<Approved>(
        [channel, code, now_ms = clock_.wall_ms()](store::Database& db) {
            return access::approve(db, channel, code, now_ms);
        },
        [this, alive = alive_,
         done = patience_.limit<store::AllowedSender>(std::move(done))](const auto& approved) {
            if (*alive) on_approved(approved, done);
        });
}

void Pairing::on_approved(const Result<Approved>& approved,
                          const Done<store::AllowedSender>& done) {
    if (!approved) return done(std::unexpected(approved.error()));
    const store::AllowedSender& sender = approved->sender;
    allowed_[key_of(sender.channel, sender.account, sender.sender_id)] = sender.is_mutable;
    outbox_.adopt(approved->notice);
    log::info("access", "a sender was paired",
              {{"channel", sender.channel},
               {"account", sender.account},
               {"sender", sender.sender_id},
               {"can_be_taken_over", sender.is_mutable}});
    if (events_ != nullptr) {
        events_->on_pairing_resolved(sender.channel, sender.account, sender.sender_id,
                                     Decision::approved, sender.approved_ms);
    }
    done(sender);
}

void Pairing::reject(const std::string& channel, const std::string& code,
                     Done<store::PairingRequest> done) {
    store_.write<store::PairingRequest>(
        [channel, code, now_ms = clock_.wall_ms()](store::Database& db) {
            return access::reject(db, channel, code, now_ms);
        },
        [this, alive = alive_,
         done = patience_.limit<store::PairingRequest>(std::move(done))](const auto& rejected) {
            if (*alive) on_rejected(rejected, done);
        });
}

void Pairing::on_rejected(const Result<store::PairingRequest>& rejected,
                          const Done<store::PairingRequest>& done) {
    if (!rejected) return done(std::unexpected(rejected.error()));
    if (events_ != nullptr) {
        events_->on_pairing_resolved(rejected->channel, rejected->account, rejected->sender_id,
                                     Decision::rejected, clock_.wall_ms());
    }
    done(*rejected);
}

}  // namespace gw::access
