#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// deliveries (the outbox): every message that is to leave through a channel, from acceptance to its
// end. States and what moves them: docs/formats/deliveries.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/delivery_content.h"
#include "store/media.h"

namespace gw::store {

class Database;

enum class DeliveryState { queued, attempting, sent, failed, uncertain, expired, cancelled };
std::string_view name(DeliveryState state);
// It ended, and not as anybody wished: somebody has to look at it.
bool is_dead(DeliveryState state);

struct Delivery {
    std::string id;  // globally unique, sorts by time of acceptance
    std::string channel;
    std::string account;
    std::string to;  // as the worker understands it
    std::string text;
    std::string session_key;      // where it is mirrored
    std::string idempotency_key;  // the caller's key with its prefix, or empty
    std::string origin;           // "send", "reply:<inbound row id>": docs/formats/deliveries.md
    DeliveryState state = DeliveryState::queued;
    int attempt = 0;
    std::string provider_message_id;
    std::string error;  // why it ended otherwise than sent
    std::int64_t created_ms = 0;
    std::int64_t updated_ms = 0;
    std::int64_t expires_ms = 0;
    // When the first attempt was made that may have arrived; 0: certainly none did.
    std::int64_t first_attempt_ms = 0;
    std::string reply_to;  // the provider's id of the message that is answered, or empty
    std::string thread;    // the provider's id of the thread, or empty
    bool is_silent = false;
    std::int64_t settled_ms = 0;  // of a dead letter: when it was retried or dropped; 0: not yet
    Media media = {};  // the file that goes with it; its row is inserted by whoever wrote the file
    DeliveryContent content = {};  // what it is besides text and file

    bool operator==(const Delivery&) const = default;
};

Result<void> insert_delivery(Database& db, const Delivery& delivery);

// attempting, with the attempt's number; only of an unfinished one.
Result<void> mark_attempting(Database& db, const std::string& id, int attempt,
                             std::int64_t first_attempt_ms, std::int64_t now_ms);
// Back to queued: the attempt is known not to have reached the provider, or may be repeated.
Result<void> requeue_delivery(Database& db, const std::string& id, std::int64_t first_attempt_ms,
                              std::int64_t now_ms);
// To a final state.
Result<void> finish_delivery(Database& db, const std::string& id, DeliveryState state,
                             const std::string& provider_message_id, const std::string& error,
                             std::int64_t now_ms);

Result<std::optional<Delivery>> find_delivery(Database& db, const std::string& id);

// Every delivery that is queued or attempting, oldest first: what a start takes up again.
Result<std::vector<Delivery>> unfinished_deliveries(Database& db);

struct DeliveryFilter {
    std::optional<DeliveryState> state;  // nothing: the dead letters
    std::string channel;                 // empty: all
    bool includes_settled = false;       // dead letters that were retried or dropped, too
    int limit = 100;
};
// Newest first.
Result<std::vector<Delivery>> list_deliveries(Database& db, const DeliveryFilter& filter);

// Takes a dead letter off the list. Errc::not_found when it is not on it.
Result<void> settle_delivery(Database& db, const std::string& id, std::int64_t now_ms);

}  // namespace gw::store
