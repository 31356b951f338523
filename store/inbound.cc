// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/inbound.h"

#include <algorithm>
#include <iterator>

#include "store/database.h"

// A literal, because SQL is one. The order is row_of's.
#define GW_SELECT_INBOUND                                                                   \
    "SELECT id, channel, account, event_id, peer, chat_type, sender_id, sender_name, text," \
    " was_mentioned, provider_ms, received_ms, state, session_key, provider_message_id,"    \
    " thread, context FROM inbound WHERE "

namespace gw::store {

namespace {

Inbound row_of(const Query& query) {
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
    row.provider_message_id = query.text(14);
    row.thread = query.text(15);
    row.context = static_cast<Context>(query.integer(16));
    return row;
}

Result<std::vector<Inbound>> rows_of(Query& query) {
    std::vector<Inbound> rows;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return rows;
        rows.push_back(row_of(query));
    }
}

}  // namespace

Result<std::optional<KnownInbound>> find_inbound(Database& db, const std::string& channel,
                                                 const std::string& account,
                                                 const std::string& event_id) {
    TRY(Query query, db.query("SELECT id, state FROM inbound"
                              " WHERE channel = ? AND account = ? AND event_id = ?"));
    query.bind_all(channel, account, event_id);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<KnownInbound>();
    return KnownInbound{query.integer(0), static_cast<InboundState>(query.integer(1))};
}

Result<std::int64_t> insert_inbound(Database& db, const Inbound& m) {
    TRY(Query query,
        db.query("INSERT INTO inbound (channel, account, event_id, peer, chat_type, sender_id,"
                 " sender_name, text, was_mentioned, provider_ms, received_ms, state, session_key,"
                 " provider_message_id, thread, context)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    query.bind_all(m.channel, m.account, m.event_id, m.peer, m.chat_type, m.sender_id,
                   m.sender_name, m.text, m.was_mentioned, m.provider_ms, m.received_ms,
                   static_cast<int>(InboundState::accepted), m.session_key, m.provider_message_id,
                   m.thread, static_cast<int>(m.context));
    TRY_VOID(query.run());
    return db.last_id();
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
    TRY(Query query, db.query(GW_SELECT_INBOUND "state < 2 ORDER BY id"));
    return rows_of(query);
}

Result<std::vector<Inbound>> take_context(Database& db, const std::string& session_key,
                                          int max_heard, int max_happenings) {
    std::vector<Inbound> taken;
    for (const Context kind : {Context::happening, Context::heard}) {
        const int limit = kind == Context::heard ? max_heard : max_happenings;
        TRY(Query query,
            db.query(GW_SELECT_INBOUND "session_key = ? AND context = ? AND context > 0"
                                       " ORDER BY id DESC LIMIT ?"));
        query.bind_all(session_key, static_cast<int>(kind), limit);
        TRY(auto rows, rows_of(query));
        std::move(rows.rbegin(), rows.rend(), std::back_inserter(taken));
    }
    TRY(Query done,
        db.query("UPDATE inbound SET context = 0 WHERE session_key = ? AND context > 0"));
    done.bind(session_key);
    TRY_VOID(done.run());
    return taken;
}

Result<void> put_cursor(Database& db, const std::string& channel, const std::string& account,
                        const std::string& cursor) {
    TRY(Query query, db.query("INSERT INTO cursors (channel, account, cursor) VALUES (?, ?, ?)"
                              " ON CONFLICT (channel, account)"
                              " DO UPDATE SET cursor = excluded.cursor"));
    query.bind_all(channel, account, cursor);
    return query.run();
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
