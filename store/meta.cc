// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/meta.h"

#include "store/database.h"

namespace gw::store {

Result<std::optional<std::string>> find_meta(Database& db, const std::string& key) {
    TRY(Query query, db.query("SELECT value FROM meta WHERE key = ?"));
    query.bind(key);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<std::string>();
    return query.text(0);
}

Result<void> put_meta(Database& db, const std::string& key, const std::string& value) {
    TRY(Query query, db.query("INSERT INTO meta (key, value) VALUES (?, ?)"
                              " ON CONFLICT (key) DO UPDATE SET value = excluded.value"));
    query.bind_all(key, value);
    return query.run();
}

}  // namespace gw::store
