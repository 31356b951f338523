// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/pairing.h"

#include "store/database.h"

// A literal, because SQL is one. The order is request_of's.
#define GW_SELECT_PAIRING                                                                 \
    "SELECT channel, account, sender_id, sender_name, sender_username, is_mutable, peer," \
    " thread, code, created_ms, last_seen_ms, expires_ms FROM pairing_requests WHERE "

namespace gw::store {

namespace {

PairingRequest request_of(const Query& query) {
    return {.channel = query.text(0),
            .account = query.text(1),
            .sender_id = query.text(2),
            .sender_name = query.text(3),
            .sender_username = query.text(4),
            .is_mutable = query.boolean(5),
            .peer = query.text(6),
            .thread = query.text(7),
            .code = query.text(8),
            .created_ms = query.integer(9),
            .last_seen_ms = query.integer(10),
            .expires_ms = query.integer(11)};
}

AllowedSender allowed_of(const Query& query) {
    return {.channel = query.text(0),
            .account = query.text(1),
            .sender_id = query.text(2),
            .sender_name = query.text(3),
            .sender_username = query.text(4),
            .is_mutable = query.boolean(5),
            .approved_ms = query.integer(6)};
}

Result<std::optional<PairingRequest>> find_one(Query& query) {
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<PairingRequest>();
    return std::optional<PairingRequest>(request_of(query));
}

}  // namespace

Result<void> insert_pairing(Database& db, const PairingRequest& r) {
    TRY(Query query, db.query("INSERT INTO pairing_requests (channel, account, sender_id,"
                              " sender_name, sender_username, is_mutable, peer, thread, code,"
                              " created_ms, last_seen_ms, expires_ms)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    query.bind_all(r.channel, r.account, r.sender_id, r.sender_name, r.sender_username,
                   r.is_mutable, r.peer, r.thread, r.code, r.created_ms, r.last_seen_ms,
                   r.expires_ms);
    return query.run();
}

Result<std::optional<PairingRequest>> find_pairing(Database& db, const std::string& channel,
                                                   const std::string& account,
                                                   const std::string& sender_id) {
    TRY(Query query, db.query(GW_SELECT_PAIRING "channel = ? AND account = ? AND sender_id = ?"));
    query.bind_all(channel, account, sender_id);
    return find_one(query);
}

Result<std::optional<PairingRequest>> find_pairing_by_code(Database& db, const std::string& channel,
                                                           const std::string& code) {
    TRY(Query query, db.query(GW_SELECT_PAIRING "channel = ? AND code = ?"));
    query.bind_all(channel, code);
    return find_one(query);
}

Result<std::int64_t> count_pairing(Database& db, const std::string& channel,
                                   const std::string& account) {
    TRY(Query query,
        db.query("SELECT count(*) FROM pairing_requests WHERE channel = ? AND account = ?"));
    query.bind_all(channel, account);
    TRY(const bool is_there, query.step());
    return is_there ? query.integer(0) : 0;
}

Result<std::vector<PairingRequest>> list_pairing(Database& db, const std::string& channel) {
    TRY(Query query,
        db.query(GW_SELECT_PAIRING "?1 = '' OR channel = ?1 ORDER BY created_ms, sender_id"));
    query.bind(channel);
    std::vector<PairingRequest> rows;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return rows;
        rows.push_back(request_of(query));
    }
}

Result<void> touch_pairing(Database& db, const PairingRequest& r, std::int64_t now_ms) {
    TRY(Query query, db.query("UPDATE pairing_requests SET last_seen_ms = ?"
                              " WHERE channel = ? AND account = ? AND sender_id = ?"));
    query.bind_all(now_ms, r.channel, r.account, r.sender_id);
    return query.run();
}

Result<void> remove_pairing(Database& db, const PairingRequest& r) {
    TRY(Query query, db.query("DELETE FROM pairing_requests"
                              " WHERE channel = ? AND account = ? AND sender_id = ?"));
    query.bind_all(r.channel, r.account, r.sender_id);
    return query.run();
}

Result<void> forget_pairing(Database& db, std::int64_t now_ms) {
    TRY(Query query, db.query("DELETE FROM pairing_requests WHERE expires_ms <= ?"));
    query.bind(now_ms);
    return query.run();
}

Result<void> put_allowed(Database& db, const AllowedSender& s) {
    TRY(Query query, db.query("INSERT INTO allowed_senders (channel, account, sender_id,"
                              " sender_name, sender_username, is_mutable, approved_ms)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?)"
                              " ON CONFLICT (channel, account, sender_id) DO UPDATE SET"
                              " sender_name = excluded.sender_name,"
                              " sender_username = excluded.sender_username,"
                              " is_mutable = excluded.is_mutable,"
                              " approved_ms = excluded.approved_ms"));
    query.bind_all(s.channel, s.account, s.sender_id, s.sender_name, s.sender_username,
                   s.is_mutable, s.approved_ms);
    return query.run();
}

Result<std::vector<AllowedSender>> list_allowed(Database& db, const std::string& channel) {
    TRY(Query query, db.query("SELECT channel, account, sender_id, sender_name, sender_username,"
                              " is_mutable, approved_ms FROM allowed_senders"
                              " WHERE ?1 = '' OR channel = ?1 ORDER BY approved_ms, sender_id"));
    query.bind(channel);
    std::vector<AllowedSender> rows;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return rows;
        rows.push_back(allowed_of(query));
    }
}

Result<std::optional<AllowedSender>> find_allowed(Database& db, const std::string& channel,
                                                  const std::string& account,
                                                  const std::string& sender_id) {
    TRY(Query query, db.query("SELECT channel, account, sender_id, sender_name, sender_username,"
                              " is_mutable, approved_ms FROM allowed_senders"
                              " WHERE channel = ? AND account = ? AND sender_id = ?"));
    query.bind_all(channel, account, sender_id);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<AllowedSender>();
    return std::optional(allowed_of(query));
}

Result<bool> remove_allowed(Database& db, const std::string& channel, const std::string& account,
                            const std::string& sender_id) {
    TRY(Query query, db.query("DELETE FROM allowed_senders"
                              " WHERE channel = ? AND account = ? AND sender_id = ?"));
    query.bind_all(channel, account, sender_id);
    TRY_VOID(query.run());
    return db.changes() == 1;
}

}  // namespace gw::store
