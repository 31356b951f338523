// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/quarantine.h"

#include "store/database.h"

namespace gw::store {

namespace {

Result<void> forget_oldest(Database& db, const Quarantined& event) {
    TRY(Query query, db.query("DELETE FROM quarantine WHERE channel = ?1 AND account = ?2 AND id <="
                              " (SELECT id FROM quarantine WHERE channel = ?1 AND account = ?2"
                              "  ORDER BY id DESC LIMIT 1 OFFSET ?3)"));
    query.bind_all(event.channel, event.account, kKeepQuarantined);
    return query.run();
}

}  // namespace

Result<std::optional<std::int64_t>> put_quarantine(Database& db, const Quarantined& event) {
    std::int64_t id = 0;
    {
        TRY(Query query,
            db.query("INSERT INTO quarantine (channel, account, event_id, raw, created_ms)"
                     " VALUES (?, ?, ?, ?, ?)"
                     " ON CONFLICT (channel, account, event_id) DO NOTHING"));
        query.bind_all(event.channel, event.account, event.event_id, base::ByteView(event.raw),
                       event.created_ms);
        TRY_VOID(query.run());
        if (db.changes() == 0) return std::optional<std::int64_t>();
        id = db.last_id();
    }
    TRY_VOID(forget_oldest(db, event));
    return std::optional<std::int64_t>(id);
}

Result<std::vector<QuarantinedSummary>> list_quarantine(Database& db, int limit) {
    TRY(Query query,
        db.query("SELECT id, channel, account, event_id, length(raw), created_ms FROM quarantine"
                 " ORDER BY id DESC LIMIT ?"));
    query.bind(limit);
    std::vector<QuarantinedSummary> rows;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return rows;
        rows.push_back({.id = query.integer(0),
                        .channel = query.text(1),
                        .account = query.text(2),
                        .event_id = query.text(3),
                        .size = query.integer(4),
                        .created_ms = query.integer(5)});
    }
}

Result<std::optional<Quarantined>> find_quarantined(Database& db, std::int64_t id) {
    TRY(Query query, db.query("SELECT id, channel, account, event_id, raw, created_ms"
                              " FROM quarantine WHERE id = ?"));
    query.bind(id);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<Quarantined>();
    return Quarantined{.id = query.integer(0),
                       .channel = query.text(1),
                       .account = query.text(2),
                       .event_id = query.text(3),
                       .raw = query.blob(4),
                       .created_ms = query.integer(5)};
}

Result<bool> is_quarantined(Database& db, const std::string& channel, const std::string& account,
                            const std::string& event_id) {
    TRY(Query query, db.query("SELECT 1 FROM quarantine"
                              " WHERE channel = ? AND account = ? AND event_id = ?"));
    query.bind_all(channel, account, event_id);
    return query.step();
}

Result<std::vector<std::string>> list_quarantined_ids(Database& db, const std::string& channel,
                                                      const std::string& account, int limit) {
    TRY(Query query, db.query("SELECT event_id FROM quarantine"
                              " WHERE channel = ? AND account = ? ORDER BY id DESC LIMIT ?"));
    query.bind_all(channel, account, limit);
    std::vector<std::string> ids;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return ids;
        ids.push_back(query.text(0));
    }
}

Result<bool> drop_quarantined(Database& db, std::int64_t id) {
    TRY(Query query, db.query("DELETE FROM quarantine WHERE id = ?"));
    query.bind(id);
    TRY_VOID(query.run());
    return db.changes() == 1;
}

}  // namespace gw::store
