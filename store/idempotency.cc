// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/idempotency.h"

#include "store/database.h"

namespace gw::store {

Result<std::optional<IdempotencyRecord>> find_key(Database& db, const std::string& key) {
    TRY(Query query, db.query("SELECT state, ok, payload, error_code, error_message,"
                              " error_details, reference, created_ms FROM idempotency"
                              " WHERE key = ?"));
    query.bind(key);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<IdempotencyRecord>();
    IdempotencyRecord record;
    record.key = key;
    record.state =
        query.integer(0) == 0 ? IdempotencyRecord::State::pending : IdempotencyRecord::State::done;
    record.ok = query.boolean(1);
    record.payload = query.text(2);
    record.error_code = query.text(3);
    record.error_message = query.text(4);
    record.error_details = query.text(5);
    record.reference = query.text(6);
    record.created_ms = query.integer(7);
    return record;
}

Result<Claim> claim_key(Database& db, const IdempotencyRecord& wanted) {
    TRY(auto known, find_key(db, wanted.key));
    if (known) return Claim{std::move(*known), false};
    TRY(Query query, db.query("INSERT INTO idempotency (key, state, ok, payload, error_code,"
                              " error_message, error_details, reference, created_ms)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    query.bind_all(wanted.key, static_cast<int>(wanted.state), wanted.ok, wanted.payload,
                   wanted.error_code, wanted.error_message, wanted.error_details, wanted.reference,
                   wanted.created_ms);
    TRY_VOID(query.run());
    return Claim{wanted, true};
}

Result<void> complete_key(Database& db, const IdempotencyRecord& answer) {
    TRY(Query query, db.query("UPDATE idempotency SET state = ?, ok = ?, payload = ?,"
                              " error_code = ?, error_message = ?, error_details = ?"
                              " WHERE key = ?"));
    query.bind_all(static_cast<int>(IdempotencyRecord::State::done), answer.ok, answer.payload,
                   answer.error_code, answer.error_message, answer.error_details, answer.key);
    TRY_VOID(query.run());
    if (db.changes() == 0) return fail(Errc::not_found, "no idempotency key " + answer.key);
    return {};
}

}  // namespace gw::store
