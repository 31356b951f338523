// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/media.h"

#include "store/database.h"

namespace gw::store {

Result<void> insert_media(Database& db, const Media& media) {
    TRY(Query query, db.query("INSERT INTO media (id, channel, account, mime_type, filename, size,"
                              " created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)"));
    query.bind_all(media.id, media.channel, media.account, media.mime_type, media.filename,
                   static_cast<std::int64_t>(media.size), media.created_ms);
    return query.run();
}

Result<void> name_inbound_media(Database& db, std::int64_t inbound_id, int position,
                                const std::string& media_id) {
    TRY(Query query, db.query("INSERT INTO inbound_media (inbound_id, position, media_id)"
                              " VALUES (?, ?, ?)"));
    query.bind_all(inbound_id, position, media_id);
    return query.run();
}

Result<std::optional<Media>> find_media(Database& db, const std::string& id) {
    TRY(Query query, db.query("SELECT id, channel, account, mime_type, filename, size, created_ms"
                              " FROM media WHERE id = ?"));
    query.bind(id);
    TRY(const bool is_there, query.step());
    if (!is_there) return std::optional<Media>();
    return Media{.id = query.text(0),
                 .channel = query.text(1),
                 .account = query.text(2),
                 .mime_type = query.text(3),
                 .filename = query.text(4),
                 .size = static_cast<std::uint64_t>(query.integer(5)),
                 .created_ms = query.integer(6)};
}

Result<void> forget_unnamed_media(Database& db, std::int64_t before_ms) {
    TRY_VOID(
        db.execute("DELETE FROM inbound_media WHERE inbound_id NOT IN"
                   " (SELECT id FROM inbound)"));
    TRY(Query query,
        db.query("DELETE FROM media WHERE created_ms < ?"
                 " AND id NOT IN (SELECT media_id FROM inbound_media)"
                 " AND id NOT IN (SELECT media_id FROM deliveries WHERE media_id <> '')"));
    query.bind(before_ms);
    return query.run();
}

}  // namespace gw::store
