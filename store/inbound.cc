// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/inbound.h"

#include "store/database.h"

namespace gw::store {

namespace {

Result<std::optional<std::int64_t>> find_id(Database& db, const Inbound& message) {
    TRY(Query query,
        db.query("SELECT id FROM inbound WHERE channel = ? AND account = ? AND event_id = ?"));
    query.bind_all(message.channel, message.account, message.event_id);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<std::int64_t>();
    return query.integer(0);
}

Result<void> put_cursor(Database& db, const Inbound& message, const std::string& cursor) {
    TRY(Query query, db.query("INSERT INTO cursors (channel, account, cursor) VALUES (?, ?, ?)"
                              " ON CONFLICT (channel, account)"
                              " DO UPDATE SET cursor = excluded.cursor"));
    query.bind_all(message.channel, message.account, cursor);
    return query.run();
}

}  // namespace

Result<InsertedInbound> insert_inbound(Database& db, const Inbound& m, const std::string& cursor) {
    if (!cursor.empty()) TRY_VOID(put_cursor(db, m, cursor));
    TRY(const auto known, find_id(db, m));
    if (known) return InsertedInbound{*known, false};
    TRY(Query query,
        db.query("INSERT INTO inbound (channel, account, event_id, peer, chat_type, sender_id,"
                 " sender_name, text, was_mentioned, provider_ms, received_ms, state, session_key)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    query.bind_all(m.channel, m.account, m.event_id, m.peer, m.chat_type, m.sender_id,
                   m.sender_name, m.text, m.was_mentioned, m.provider_ms, m.received_ms,
                   static_cast<int>(m.state), m.session_key);
    TRY_VOID(query.run());
    return InsertedInbound{db.last_id(), true};
}

Result<void> mark_routed(Database& db, std::int64_t id, const std::string& session_key) {
    TRY(Query query, db.query("UPDATE inbound SET state = ?, session_key = ?"
                              " WHERE id = ? AND state = ?"));
    query.bind_all(static_cast<int>(InboundState::routed), session_key, id,
                   static_cast<int>(InboundState::accepted));
    TRY_VOID(query.run());
    if (db.changes() == 1) return {};
    return fail(Errc::not_found, "inbound message " + std::to_string(id) + " is not accepted");
}

Result<void> mark_done(Database& db, std::int64_t id) {
    TRY(Query query, db.query("UPDATE inbound SET state = ? WHERE id = ? AND state < 2"));
    query.bind_all(static_cast<int>(InboundState::done), id);
    TRY_VOID(query.run());
    if (db.changes() == 1) return {};
    return fail(Errc::not_found, "inbound message " + std::to_string(id) + " is not unfinished");
}

Result<std::vector<Inbound>> unfinished_inbound(Database& db) {
    TRY(Query query,
        db.query("SELECT id, channel, account, event_id, peer, chat_type, sender_id, sender_name,"
                 " text, was_mentioned, provider_ms, received_ms, state, session_key"
                 " FROM inbound WHERE state < 2 ORDER BY id"));
    std::vector<Inbound> rows;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return rows;
        Inbound row;
        row.id = query.integer(0);
        row.channel = query.text(1);
        row.account = query.text(2);
        row.event_id = query.text(3);
        row.peer = query.text(4);
        row.chat_type = query.text(5);
        row.sender_id = query.text(6);
        row.sender_name = query.text(7);
        row.text = query.text(8);
        row.was_mentioned = query.boolean(9);
        row.provider_ms = query.integer(10);
        row.received_ms = query.integer(11);
        row.state = static_cast<InboundState>(query.integer(12));
        row.session_key = query.text(13);
        rows.push_back(std::move(row));
    }
}

Result<std::optional<std::string>> find_cursor(Database& db, const std::string& channel,
                                               const std::string& account) {
    TRY(Query query, db.query("SELECT cursor FROM cursors WHERE channel = ? AND account = ?"));
    query.bind_all(channel, account);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<std::string>();
    return query.text(0);
}

}  // namespace gw::store
