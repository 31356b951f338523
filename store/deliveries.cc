// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/deliveries.h"

#include "store/database.h"

// A literal, because SQL is one. The order is row_of's.
#define GW_SELECT_DELIVERIES                                                                 \
    "SELECT d.id, d.channel, d.account, target, text, session_key, idempotency_key, origin," \
    " state, attempt, provider_message_id, error, d.created_ms, updated_ms, expires_ms,"     \
    " first_attempt_ms, reply_to, thread, is_silent, settled_ms, content, media_id,"         \
    " m.mime_type, m.filename, m.size, m.created_ms"                                         \
    " FROM deliveries d LEFT JOIN media m ON m.id = d.media_id WHERE "

namespace gw::store {

namespace {

Result<Delivery> row_of(const Query& query) {
    Delivery delivery;
    delivery.id = query.text(0);
    delivery.channel = query.text(1);
    delivery.account = query.text(2);
    delivery.to = query.text(3);
    delivery.text = query.text(4);
    delivery.session_key = query.text(5);
    delivery.idempotency_key = query.text(6);
    delivery.origin = query.text(7);
    delivery.state = static_cast<DeliveryState>(query.integer(8));
    delivery.attempt = static_cast<int>(query.integer(9));
    delivery.provider_message_id = query.text(10);
    delivery.error = query.text(11);
    delivery.created_ms = query.integer(12);
    delivery.updated_ms = query.integer(13);
    delivery.expires_ms = query.integer(14);
    delivery.first_attempt_ms = query.integer(15);
    delivery.reply_to = query.text(16);
    delivery.thread = query.text(17);
    delivery.is_silent = query.boolean(18);
    delivery.settled_ms = query.integer(19);
    TRY(delivery.content, parse_content(query.text(20)));
    delivery.media.id = query.text(21);
    if (delivery.media.id.empty()) return delivery;
    delivery.media.channel = delivery.channel;
    delivery.media.account = delivery.account;
    delivery.media.mime_type = query.text(22);
    delivery.media.filename = query.text(23);
    delivery.media.size = static_cast<std::uint64_t>(query.integer(24));
    delivery.media.created_ms = query.integer(25);
    return delivery;
}

Result<std::vector<Delivery>> rows_of(Query& query) {
    std::vector<Delivery> rows;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return rows;
        TRY(Delivery row, row_of(query));
        rows.push_back(std::move(row));
    }
}

// A state rule was not met: the row is missing or in another state.
Result<void> expect_change(const Database& db, const std::string& id, std::string_view what) {
    if (db.changes() == 1) return {};
    return fail(Errc::not_found, "delivery " + id + " is not one that can be " + std::string(what));
}

}  // namespace

std::string_view name(DeliveryState state) {
    switch (state) {
        case DeliveryState::queued: return "queued";
        case DeliveryState::attempting: return "attempting";
        case DeliveryState::sent: return "sent";
        case DeliveryState::failed: return "failed";
        case DeliveryState::uncertain: return "uncertain";
        case DeliveryState::expired: return "expired";
        case DeliveryState::cancelled: return "cancelled";
    }
    return "unknown";
}

bool is_dead(DeliveryState state) {
    return state == DeliveryState::failed || state == DeliveryState::uncertain ||
           state == DeliveryState::expired;
}

Result<void> insert_delivery(Database& db, const Delivery& d) {
    TRY(Query query,
        db.query(
            "INSERT INTO deliveries (id, channel, account, target, text, session_key,"
            " idempotency_key, origin, state, attempt, provider_message_id, error,"
            " created_ms, updated_ms, expires_ms, first_attempt_ms, reply_to, thread, is_silent,"
            " media_id, content)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    query.bind_all(d.id, d.channel, d.account, d.to, d.text, d.session_key, d.idempotency_key,
                   d.origin, static_cast<int>(d.state), d.attempt, d.provider_message_id, d.error,
                   d.created_ms, d.updated_ms, d.expires_ms, d.first_attempt_ms, d.reply_to,
                   d.thread, d.is_silent, d.media.id, content_json(d.content));
    return query.run();
}

Result<void> mark_attempting(Database& db, const std::string& id, int attempt,
                             std::int64_t first_attempt_ms, std::int64_t now_ms) {
    TRY(Query query, db.query("UPDATE deliveries SET state = ?, attempt = ?, first_attempt_ms = ?,"
                              " updated_ms = ? WHERE id = ? AND state < 2"));
    query.bind_all(static_cast<int>(DeliveryState::attempting), attempt, first_attempt_ms, now_ms,
                   id);
    TRY_VOID(query.run());
    return expect_change(db, id, "attempted");
}

Result<void> requeue_delivery(Database& db, const std::string& id, std::int64_t first_attempt_ms,
                              std::int64_t now_ms) {
    TRY(Query query, db.query("UPDATE deliveries SET state = ?, first_attempt_ms = ?,"
                              " updated_ms = ? WHERE id = ? AND state < 2"));
    query.bind_all(static_cast<int>(DeliveryState::queued), first_attempt_ms, now_ms, id);
    TRY_VOID(query.run());
    return expect_change(db, id, "queued again");
}

Result<void> finish_delivery(Database& db, const std::string& id, DeliveryState state,
                             const std::string& provider_message_id, const std::string& error,
                             std::int64_t now_ms) {
    TRY(Query query, db.query("UPDATE deliveries SET state = ?, provider_message_id = ?,"
                              " error = ?, updated_ms = ? WHERE id = ? AND state < 2"));
    query.bind_all(static_cast<int>(state), provider_message_id, error, now_ms, id);
    TRY_VOID(query.run());
    return expect_change(db, id, "finished");
}

Result<std::optional<Delivery>> find_delivery(Database& db, const std::string& id) {
    TRY(Query query, db.query(GW_SELECT_DELIVERIES "d.id = ?"));
    query.bind(id);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<Delivery>();
    TRY(Delivery row, row_of(query));
    return std::optional<Delivery>(std::move(row));
}

Result<std::vector<Delivery>> unfinished_deliveries(Database& db) {
    TRY(Query query, db.query(GW_SELECT_DELIVERIES "state < 2 ORDER BY d.id"));
    return rows_of(query);
}

Result<std::vector<Delivery>> list_deliveries(Database& db, const DeliveryFilter& filter) {
    if (!filter.state && !filter.includes_settled) {
        // The condition of the index deliveries_dead, word for word: it finds them at once.
        TRY(Query query, db.query(GW_SELECT_DELIVERIES
                                  "state IN (3, 4, 5) AND settled_ms = 0"
                                  " AND (?1 = '' OR d.channel = ?1) ORDER BY d.id DESC LIMIT ?2"));
        query.bind_all(filter.channel, filter.limit);
        return rows_of(query);
    }
    TRY(Query query,
        db.query(GW_SELECT_DELIVERIES "(state = ?1 OR (?1 < 0 AND state IN (3, 4, 5)))"
                                      " AND (?2 OR settled_ms = 0) AND (?3 = '' OR d.channel = ?3)"
                                      " ORDER BY d.id DESC LIMIT ?4"));
    query.bind_all(filter.state ? static_cast<int>(*filter.state) : -1, filter.includes_settled,
                   filter.channel, filter.limit);
    return rows_of(query);
}

Result<void> settle_delivery(Database& db, const std::string& id, std::int64_t now_ms) {
    TRY(Query query, db.query("UPDATE deliveries SET settled_ms = ? WHERE id = ?"
                              " AND state IN (3, 4, 5) AND settled_ms = 0"));
    query.bind_all(now_ms, id);
    TRY_VOID(query.run());
    if (db.changes() == 1) return {};
    return fail(Errc::not_found, "no dead letter " + id + ": it is none, or was settled before");
}

}  // namespace gw::store
