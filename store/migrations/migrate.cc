// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/migrations/migrate.h"

#include <iterator>

#include "store/database.h"

namespace gw::store {

namespace {

// 1: the first tables. docs/formats/database.md says what the columns mean.
constexpr char kFirstTables[] = R"sql(
CREATE TABLE meta (
    key TEXT PRIMARY KEY, value TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE idempotency (
    key TEXT PRIMARY KEY, state INTEGER NOT NULL, ok INTEGER NOT NULL, payload TEXT NOT NULL,
    error_code TEXT NOT NULL, error_message TEXT NOT NULL, error_details TEXT NOT NULL,
    reference TEXT NOT NULL, created_ms INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX idempotency_by_age ON idempotency (created_ms);

CREATE TABLE sessions (
    key TEXT PRIMARY KEY, session_id TEXT NOT NULL, chat_type TEXT NOT NULL,
    channel TEXT NOT NULL, display_name TEXT NOT NULL, last_channel TEXT NOT NULL,
    last_account TEXT NOT NULL, last_to TEXT NOT NULL, created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX sessions_by_use ON sessions (updated_ms DESC);

CREATE TABLE transcript (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session_key TEXT NOT NULL, message TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX transcript_by_session ON transcript (session_key, id);

CREATE TABLE inbound (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, account TEXT NOT NULL,
    event_id TEXT NOT NULL, peer TEXT NOT NULL, chat_type TEXT NOT NULL, sender_id TEXT NOT NULL,
    sender_name TEXT NOT NULL, text TEXT NOT NULL, was_mentioned INTEGER NOT NULL,
    provider_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, state INTEGER NOT NULL,
    session_key TEXT NOT NULL,
    UNIQUE (channel, account, event_id)
) STRICT;
CREATE INDEX inbound_unfinished ON inbound (id) WHERE state < 2;

CREATE TABLE cursors (
    channel TEXT NOT NULL, account TEXT NOT NULL, cursor TEXT NOT NULL,
    PRIMARY KEY (channel, account)
) WITHOUT ROWID, STRICT;

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY, channel TEXT NOT NULL, account TEXT NOT NULL, target TEXT NOT NULL,
    text TEXT NOT NULL, session_key TEXT NOT NULL, idempotency_key TEXT NOT NULL,
    origin TEXT NOT NULL, state INTEGER NOT NULL, attempt INTEGER NOT NULL,
    provider_message_id TEXT NOT NULL, error TEXT NOT NULL, created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX deliveries_unfinished ON deliveries (id) WHERE state < 2;
)sql";

// 2: attempts under an id of our own, dead letters, what workers keep, events that crash them, and
// files beside messages.
constexpr char kCustody[] = R"sql(
ALTER TABLE deliveries ADD COLUMN first_attempt_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN settled_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN reply_to TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN thread TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN is_silent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN media_id TEXT NOT NULL DEFAULT '';
CREATE INDEX deliveries_dead ON deliveries (id) WHERE state IN (3, 4, 5) AND settled_ms = 0;

ALTER TABLE inbound ADD COLUMN provider_message_id TEXT NOT NULL DEFAULT '';
ALTER TABLE inbound ADD COLUMN thread TEXT NOT NULL DEFAULT '';

CREATE TABLE gaps (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, account TEXT NOT NULL,
    from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, reason TEXT NOT NULL,
    noticed_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE event_crashes (
    channel TEXT NOT NULL, account TEXT NOT NULL, event_id TEXT NOT NULL, digest BLOB NOT NULL,
    crashes INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    PRIMARY KEY (channel, account, event_id)
) WITHOUT ROWID, STRICT;

CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, account TEXT NOT NULL,
    event_id TEXT NOT NULL, raw BLOB NOT NULL, created_ms INTEGER NOT NULL,
    UNIQUE (channel, account, event_id)
) STRICT;

CREATE TABLE worker_state (
    channel TEXT NOT NULL, account TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (channel, account, key)
) WITHOUT ROWID, STRICT;
CREATE TABLE worker_state_usage (
    channel TEXT NOT NULL, account TEXT NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (channel, account)
) WITHOUT ROWID, STRICT;

CREATE TABLE media (
    id TEXT PRIMARY KEY, channel TEXT NOT NULL, account TEXT NOT NULL,
    mime_type TEXT NOT NULL, filename TEXT NOT NULL, size INTEGER NOT NULL,
    created_ms INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE inbound_media (
    inbound_id INTEGER NOT NULL, position INTEGER NOT NULL, media_id TEXT NOT NULL,
    PRIMARY KEY (inbound_id, position)
) WITHOUT ROWID, STRICT;
)sql";

// 3: who asked to be admitted and who was, what a delivery is besides its text, and what waits to
// be shown with a conversation's next message.
constexpr char kAccess[] = R"sql(
CREATE TABLE pairing_requests (
    channel TEXT NOT NULL, account TEXT NOT NULL, sender_id TEXT NOT NULL COLLATE NOCASE,
    sender_name TEXT NOT NULL, sender_username TEXT NOT NULL, is_mutable INTEGER NOT NULL,
    peer TEXT NOT NULL, thread TEXT NOT NULL, code TEXT NOT NULL, created_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    PRIMARY KEY (channel, account, sender_id)
) WITHOUT ROWID, STRICT;
CREATE UNIQUE INDEX pairing_requests_by_code ON pairing_requests (channel, code);

CREATE TABLE allowed_senders (
    channel TEXT NOT NULL, account TEXT NOT NULL, sender_id TEXT NOT NULL COLLATE NOCASE,
    sender_name TEXT NOT NULL, sender_username TEXT NOT NULL, is_mutable INTEGER NOT NULL,
    approved_ms INTEGER NOT NULL,
    PRIMARY KEY (channel, account, sender_id)
) WITHOUT ROWID, STRICT;

ALTER TABLE deliveries ADD COLUMN content TEXT NOT NULL DEFAULT '';

ALTER TABLE inbound ADD COLUMN context INTEGER NOT NULL DEFAULT 0;
CREATE INDEX inbound_context ON inbound (session_key, context, id) WHERE context > 0;
)sql";

constexpr const char* kMigrations[] = {kFirstTables, kCustody, kAccess};
constexpr std::int64_t kNewest = std::size(kMigrations);

Result<std::int64_t> version_of(Database& db) {
    TRY(Query query, db.query("PRAGMA user_version"));
    TRY(const bool is_there, query.step());
    return is_there ? query.integer(0) : 0;
}

}  // namespace

Result<void> migrate(Database& db) {
    TRY(const std::int64_t version, version_of(db));
    if (version == kNewest) return {};
    if (version > kNewest) {
        return fail(Errc::corrupt,
                    "the database has version " + std::to_string(version) +
                        " and this gatewayd knows " + std::to_string(kNewest) +
                        ": it was written by a newer gatewayd. Install that one again, or start "
                        "with another --state-dir");
    }
    TRY(Transaction transaction, Transaction::begin(db));
    for (std::int64_t next = version; next < kNewest; ++next) {
        TRY_VOID(db.execute_script(kMigrations[next]));
    }
    static_assert(kNewest == 3,
                  "the pragma below takes no parameter: write the new number into it");
    TRY_VOID(db.execute("PRAGMA user_version = 3"));
    return transaction.commit();
}

}  // namespace gw::store
