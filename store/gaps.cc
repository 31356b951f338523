// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/gaps.h"

#include <algorithm>

#include "store/database.h"

namespace gw::store {

namespace {

Result<std::vector<Gap>> overlapping(Database& db, const Gap& gap) {
    TRY(Query query, db.query("SELECT id, from_ms, to_ms FROM gaps"
                              " WHERE channel = ? AND account = ? AND from_ms <= ? AND to_ms >= ?"
                              " ORDER BY id"));
    query.bind_all(gap.channel, gap.account, gap.to_ms, gap.from_ms);
    std::vector<Gap> found;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return found;
        Gap one = gap;
        one.id = query.integer(0);
        one.from_ms = query.integer(1);
        one.to_ms = query.integer(2);
        found.push_back(std::move(one));
    }
}

Result<void> remove_gap(Database& db, std::int64_t id) {
    TRY(Query query, db.query("DELETE FROM gaps WHERE id = ?"));
    query.bind(id);
    return query.run();
}

Result<std::int64_t> insert_gap(Database& db, const Gap& gap) {
    TRY(Query query,
        db.query("INSERT INTO gaps (channel, account, from_ms, to_ms, reason, noticed_ms)"
                 " VALUES (?, ?, ?, ?, ?, ?)"));
    query.bind_all(gap.channel, gap.account, gap.from_ms, gap.to_ms, gap.reason, gap.noticed_ms);
    TRY_VOID(query.run());
    return db.last_id();
}

Result<void> forget_oldest(Database& db, const Gap& gap) {
    TRY(Query query, db.query("DELETE FROM gaps WHERE channel = ?1 AND account = ?2 AND id <="
                              " (SELECT id FROM gaps WHERE channel = ?1 AND account = ?2"
                              "  ORDER BY id DESC LIMIT 1 OFFSET ?3)"));
    query.bind_all(gap.channel, gap.account, kKeepGaps);
    return query.run();
}

}  // namespace

Result<std::optional<Gap>> record_gap(Database& db, const Gap& gap) {
    TRY(const auto known, overlapping(db, gap));
    Gap joined = gap;
    for (const Gap& one : known) {
        if (one.from_ms <= gap.from_ms && one.to_ms >= gap.to_ms) return std::optional<Gap>();
        joined.from_ms = std::min(joined.from_ms, one.from_ms);
        joined.to_ms = std::max(joined.to_ms, one.to_ms);
    }
    for (const Gap& one : known)
        TRY_VOID(remove_gap(db, one.id));
    TRY(joined.id, insert_gap(db, joined));
    TRY_VOID(forget_oldest(db, joined));
    return std::optional<Gap>(std::move(joined));
}

Result<bool> is_gap_known(Database& db, const std::string& channel, const std::string& account,
                          std::int64_t from_ms, std::int64_t to_ms) {
    TRY(Query query, db.query("SELECT 1 FROM gaps WHERE channel = ? AND account = ?"
                              " AND from_ms <= ? AND to_ms >= ? LIMIT 1"));
    query.bind_all(channel, account, from_ms, to_ms);
    return query.step();
}

Result<std::vector<Gap>> latest_gaps(Database& db) {
    TRY(Query query, db.query("SELECT id, channel, account, from_ms, to_ms, reason, noticed_ms"
                              " FROM gaps WHERE id IN"
                              " (SELECT max(id) FROM gaps GROUP BY channel, account)"));
    std::vector<Gap> rows;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return rows;
        rows.push_back({.id = query.integer(0),
                        .channel = query.text(1),
                        .account = query.text(2),
                        .from_ms = query.integer(3),
                        .to_ms = query.integer(4),
                        .reason = query.text(5),
                        .noticed_ms = query.integer(6)});
    }
}

}  // namespace gw::store
