#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// media: the files beside messages. The bytes are in <state-dir>/media/<id>; a row is there as long
// as a message or a delivery names it. inbound_media says which files came with a message.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace gw::store {

class Database;

struct Media {
    std::string id;  // a UUID; empty: no file
    std::string channel;
    std::string account;
    std::string mime_type;  // as somebody claimed
    std::string filename;   // a name without directories; may be empty
    std::uint64_t size = 0;
    std::int64_t created_ms = 0;

    bool operator==(const Media&) const = default;
};

Result<void> insert_media(Database& db, const Media& media);
Result<void> name_inbound_media(Database& db, std::int64_t inbound_id, int position,
                                const std::string& media_id);

Result<std::optional<Media>> find_media(Database& db, const std::string& id);

// Deletes the rows that nothing names any more and that are older than before_ms. Their files are
// the sweep's (gatewayd/media/files.h).
Result<void> forget_unnamed_media(Database& db, std::int64_t before_ms);

}  // namespace gw::store
