// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/sessions.h"

#include <algorithm>

#include "store/database.h"

namespace gw::store {

namespace {

Session row_of(const Query& query) {
    Session session;
    session.key = query.text(0);
    session.session_id = query.text(1);
    session.chat_type = query.text(2);
    session.channel = query.text(3);
    session.display_name = query.text(4);
    session.last_channel = query.text(5);
    session.last_account = query.text(6);
    session.last_to = query.text(7);
    session.created_ms = query.integer(8);
    session.updated_ms = query.integer(9);
    return session;
}

}  // namespace

Result<Session> touch_session(Database& db, const Session& s) {
    {
        TRY(Query query,
            db.query("INSERT INTO sessions (key, session_id, chat_type, channel, display_name,"
                     " last_channel, last_account, last_to, created_ms, updated_ms)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                     " ON CONFLICT (key) DO UPDATE SET"
                     " chat_type = iif(excluded.chat_type = '', chat_type, excluded.chat_type),"
                     " channel = iif(excluded.channel = '', channel, excluded.channel),"
                     " display_name ="
                     "  iif(excluded.display_name = '', display_name, excluded.display_name),"
                     " last_channel ="
                     "  iif(excluded.last_channel = '', last_channel, excluded.last_channel),"
                     " last_account ="
                     "  iif(excluded.last_account = '', last_account, excluded.last_account),"
                     " last_to = iif(excluded.last_to = '', last_to, excluded.last_to),"
                     " updated_ms = max(updated_ms, excluded.updated_ms)"));
        query.bind_all(s.key, s.session_id, s.chat_type, s.channel, s.display_name, s.last_channel,
                       s.last_account, s.last_to, s.created_ms, s.updated_ms);
        TRY_VOID(query.run());
    }
    TRY(auto now, find_session(db, s.key));
    if (!now) return fail(Errc::corrupt, "session " + s.key + " is not where it was just put");
    return std::move(*now);
}

Result<std::optional<Session>> find_session(Database& db, const std::string& key) {
    TRY(Query query, db.query("SELECT key, session_id, chat_type, channel, display_name,"
                              " last_channel, last_account, last_to, created_ms, updated_ms"
                              " FROM sessions WHERE key = ?"));
    query.bind(key);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<Session>();
    return row_of(query);
}

Result<std::vector<Session>> list_sessions(Database& db, std::int64_t updated_since_ms, int limit) {
    TRY(Query query, db.query("SELECT key, session_id, chat_type, channel, display_name,"
                              " last_channel, last_account, last_to, created_ms, updated_ms"
                              " FROM sessions WHERE updated_ms >= ?"
                              " ORDER BY updated_ms DESC, key LIMIT ?"));
    query.bind_all(updated_since_ms, limit > 0 ? limit : -1);
    std::vector<Session> rows;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return rows;
        rows.push_back(row_of(query));
    }
}

// A direct message's session may be shared by several channels, so that its last one says too
// little; the inbox knows, and is looked at as far as one commit can afford.
Result<std::vector<std::string>> list_session_keys_of(Database& db, const std::string& channel,
                                                      const std::string& account,
                                                      std::int64_t updated_since_ms, int limit) {
    TRY(Query query, db.query("SELECT key FROM sessions WHERE updated_ms >= ?3"
                              " AND ((last_channel = ?1 AND last_account = ?2) OR key IN"
                              "  (SELECT session_key FROM inbound"
                              "   WHERE id > (SELECT coalesce(max(id), 0) FROM inbound) - 20000"
                              "   AND channel = ?1 AND account = ?2))"
                              " ORDER BY updated_ms DESC, key LIMIT ?4"));
    query.bind_all(channel, account, updated_since_ms, limit);
    std::vector<std::string> keys;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return keys;
        keys.push_back(query.text(0));
    }
}

Result<std::int64_t> count_sessions(Database& db) {
    TRY(Query query, db.query("SELECT count(*) FROM sessions"));
    TRY_VOID(query.run());
    return query.integer(0);
}

Result<std::int64_t> append_transcript(Database& db, const TranscriptEntry& entry) {
    TRY(Query query, db.query("INSERT INTO transcript (session_key, message, created_ms)"
                              " VALUES (?, ?, ?)"));
    query.bind_all(entry.session_key, entry.message, entry.created_ms);
    TRY_VOID(query.run());
    return db.last_id();
}

Result<std::vector<TranscriptEntry>> list_transcript(Database& db, const std::string& session_key,
                                                     int limit) {
    TRY(Query query, db.query("SELECT id, message, created_ms FROM transcript"
                              " WHERE session_key = ? ORDER BY id DESC LIMIT ?"));
    query.bind_all(session_key, limit);
    std::vector<TranscriptEntry> rows;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) break;
        rows.push_back({query.integer(0), session_key, query.text(1), query.integer(2)});
    }
    std::reverse(rows.begin(), rows.end());
    return rows;
}

}  // namespace gw::store
