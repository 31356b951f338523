// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/retention.h"

#include <string>

#include "store/database.h"

namespace gw::store {

namespace {

Result<std::int64_t> forget(Database& db, Sql sql, std::int64_t before_ms, int limit) {
    TRY(Query query, db.query(sql));
    query.bind_all(before_ms, limit);
    TRY_VOID(query.run());
    return db.changes();
}

std::int64_t milliseconds(std::chrono::hours hours) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(hours).count();
}

}  // namespace

Result<std::int64_t> forget_expired(Database& db, std::int64_t now_ms, int limit) {
    const std::int64_t keys_before = now_ms - milliseconds(kKeepKeys);
    const std::int64_t messages_before = now_ms - milliseconds(kKeepMessages);
    TRY(const auto keys, forget(db,
                                "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency"
                                " WHERE created_ms < ? AND state = 1 LIMIT ?)",
                                keys_before, limit));
    TRY(const auto deliveries,
        forget(db,
               "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries"
               " WHERE created_ms < ? AND state >= 2 ORDER BY id LIMIT ?)",
               messages_before, limit));
    TRY(const auto inbound, forget(db,
                                   "DELETE FROM inbound WHERE id IN (SELECT id FROM inbound"
                                   " WHERE received_ms < ? AND state = 2 ORDER BY id LIMIT ?)",
                                   messages_before, limit));
    TRY(const auto crashes, forget(db,
                                   "DELETE FROM event_crashes WHERE (channel, account, event_id) IN"
                                   " (SELECT channel, account, event_id FROM event_crashes"
                                   "  WHERE updated_ms < ? LIMIT ?)",
                                   now_ms - milliseconds(kKeepCrashes), limit));
    return keys + deliveries + inbound + crashes;
}

}  // namespace gw::store
