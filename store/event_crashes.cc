// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/event_crashes.h"

#include "store/database.h"

namespace gw::store {

Result<std::int64_t> count_crash(Database& db, const EventCrash& crash) {
    {
        TRY(Query query, db.query("INSERT INTO event_crashes"
                                  " (channel, account, event_id, digest, crashes, updated_ms)"
                                  " VALUES (?, ?, ?, ?, 1, ?)"
                                  " ON CONFLICT (channel, account, event_id) DO UPDATE SET"
                                  " crashes = iif(digest = excluded.digest, crashes + 1, 1),"
                                  " digest = excluded.digest, updated_ms = excluded.updated_ms"));
        query.bind_all(crash.channel, crash.account, crash.event_id, base::ByteView(crash.digest),
                       crash.now_ms);
        TRY_VOID(query.run());
    }
    TRY(Query query, db.query("SELECT crashes FROM event_crashes"
                              " WHERE channel = ? AND account = ? AND event_id = ?"));
    query.bind_all(crash.channel, crash.account, crash.event_id);
    TRY_VOID(query.step());
    return query.integer(0);
}

Result<void> forget_crashes(Database& db, const std::string& channel, const std::string& account,
                            const std::string& event_id) {
    TRY(Query query, db.query("DELETE FROM event_crashes"
                              " WHERE channel = ? AND account = ? AND event_id = ?"));
    query.bind_all(channel, account, event_id);
    return query.run();
}

Result<std::vector<std::string>> list_crashed(Database& db, const std::string& channel,
                                              const std::string& account, int min_crashes,
                                              int limit) {
    TRY(Query query, db.query("SELECT event_id FROM event_crashes"
                              " WHERE channel = ? AND account = ? AND crashes >= ?"
                              " ORDER BY updated_ms DESC, event_id LIMIT ?"));
    query.bind_all(channel, account, min_crashes, limit);
    std::vector<std::string> ids;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return ids;
        ids.push_back(query.text(0));
    }
}

}  // namespace gw::store
