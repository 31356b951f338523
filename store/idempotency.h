#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// idempotency: what a client-chosen key was answered, so that the same key gets the same answer
// across reconnects and restarts. Keys are global, prefixed by the kind of request: send:<key>,
// chat:<key>. A row is kept for at least 24 hours.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace gw::store {

class Database;

struct IdempotencyRecord {
    enum class State { pending, done };
    std::string key;
    State state = State::pending;
    bool ok = false;         // of the answer, when done
    std::string payload;     // JSON, may be empty
    std::string error_code;  // when !ok
    std::string error_message;
    std::string error_details;  // JSON, may be empty
    std::string reference;      // the delivery id or run id this key stands for
    std::int64_t created_ms = 0;

    bool operator==(const IdempotencyRecord&) const = default;
};

// Inserts the record unless its key exists. Returns the record that holds the key now, and whether
// it is the new one.
struct Claim {
    IdempotencyRecord record;
    bool is_new = false;
};
Result<Claim> claim_key(Database& db, const IdempotencyRecord& wanted);

// Stores the answer of a claimed key.
Result<void> complete_key(Database& db, const IdempotencyRecord& answer);

Result<std::optional<IdempotencyRecord>> find_key(Database& db, const std::string& key);

}  // namespace gw::store
