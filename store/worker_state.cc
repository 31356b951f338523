// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/worker_state.h"

#include <algorithm>

#include "store/database.h"

namespace gw::store {

namespace {

struct Account {
    const std::string& channel;
    const std::string& name;
};

std::int64_t bytes_of(const StateEntry& entry) {
    return static_cast<std::int64_t>(entry.key.size() + entry.value.size());
}

// Of the key's present entry; 0 when there is none.
Result<std::int64_t> stored_bytes(Database& db, const Account& account, const std::string& key) {
    TRY(Query query, db.query("SELECT length(value) FROM worker_state"
                              " WHERE channel = ? AND account = ? AND key = ?"));
    query.bind_all(account.channel, account.name, key);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::int64_t{0};
    return static_cast<std::int64_t>(key.size()) + query.integer(0);
}

Result<std::int64_t> usage_of(Database& db, const Account& account) {
    TRY(Query query, db.query("SELECT bytes FROM worker_state_usage"
                              " WHERE channel = ? AND account = ?"));
    query.bind_all(account.channel, account.name);
    TRY(const bool is_there, query.step());
    return is_there ? query.integer(0) : 0;
}

Result<void> put_usage(Database& db, const Account& account, std::int64_t bytes) {
    TRY(Query query, db.query("INSERT INTO worker_state_usage (channel, account, bytes)"
                              " VALUES (?, ?, ?)"
                              " ON CONFLICT (channel, account)"
                              " DO UPDATE SET bytes = excluded.bytes"));
    query.bind_all(account.channel, account.name, bytes);
    return query.run();
}

Result<void> put_entry(Database& db, const Account& account, const StateEntry& entry) {
    if (entry.value.empty()) {
        TRY(Query query, db.query("DELETE FROM worker_state"
                                  " WHERE channel = ? AND account = ? AND key = ?"));
        query.bind_all(account.channel, account.name, entry.key);
        return query.run();
    }
    TRY(Query query, db.query("INSERT INTO worker_state (channel, account, key, value)"
                              " VALUES (?, ?, ?, ?)"
                              " ON CONFLICT (channel, account, key)"
                              " DO UPDATE SET value = excluded.value"));
    query.bind_all(account.channel, account.name, entry.key, base::ByteView(entry.value));
    return query.run();
}

}  // namespace

Result<bool> put_state(Database& db, const std::string& channel, const std::string& account,
                       const std::vector<StateEntry>& entries, std::int64_t max_bytes) {
    const Account whose{channel, account};
    TRY(std::int64_t usage, usage_of(db, whose));
    for (const StateEntry& entry : entries) {
        TRY(const std::int64_t before, stored_bytes(db, whose, entry.key));
        usage += (entry.value.empty() ? 0 : bytes_of(entry)) - before;
    }
    if (usage > max_bytes) return false;
    for (const StateEntry& entry : entries)
        TRY_VOID(put_entry(db, whose, entry));
    TRY_VOID(put_usage(db, whose, usage));
    return true;
}

Result<StatePage> list_state(Database& db, const StateQuery& what) {
    TRY(Query query, db.query("SELECT key, value FROM worker_state"
                              " WHERE channel = ? AND account = ? AND key > ? AND key >= ?"
                              " ORDER BY key"));
    query.bind_all(what.channel, what.account, what.after, what.prefix);
    StatePage page;
    std::size_t bytes = 0;
    while (true) {
        TRY(const bool is_there, query.step());
        if (!is_there) return page;
        StateEntry entry{query.text(0), query.blob(1)};
        if (!entry.key.starts_with(what.prefix)) return page;
        bytes += static_cast<std::size_t>(bytes_of(entry));
        const bool has_room = page.entries.size() < what.max_entries && bytes <= what.max_bytes;
        if (!page.entries.empty() && !has_room) {
            page.has_more = true;
            return page;
        }
        page.entries.push_back(std::move(entry));
    }
}

}  // namespace gw::store
