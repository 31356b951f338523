#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// sessions and their transcripts. A session is an agent conversation named by a session key
// (docs/protocol/sessions.md); its transcript is a list of message objects kept as the JSON that
// chat.history answers with.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gw::store {

class Database;

struct Session {
    std::string key;         // canonical
    std::string session_id;  // a UUID; new when the conversation is reset
    std::string chat_type;   // "direct", "group" or "channel"
    std::string channel;     // where it is held: a channel id, or "webchat"
    std::string display_name;
    std::string last_channel;
    std::string last_account;
    std::string last_to;
    std::int64_t created_ms = 0;
    std::int64_t updated_ms = 0;

    bool operator==(const Session&) const = default;
};

// Inserts the session, or refreshes the one with this key: non-empty fields replace, session_id and
// created_ms stay. Returns the row as it is now.
Result<Session> touch_session(Database& db, const Session& session);

Result<std::optional<Session>> find_session(Database& db, const std::string& key);

// Newest first, at most limit (0 = all) updated at or after updated_since_ms.
Result<std::vector<Session>> list_sessions(Database& db, std::int64_t updated_since_ms, int limit);

// Keys of the sessions that were active on a channel's account at or after updated_since_ms: it was
// heard there last, or among the account's share of the newest messages. The most recent first.
Result<std::vector<std::string>> list_session_keys_of(Database& db, const std::string& channel,
                                                      const std::string& account,
                                                      std::int64_t updated_since_ms, int limit);

Result<std::int64_t> count_sessions(Database& db);

struct TranscriptEntry {
    std::int64_t id = 0;  // assigned by append_transcript; ascends within a session
    std::string session_key;
    std::string message;  // the JSON object {"role":…,"content":[…],"timestamp":…}
    std::int64_t created_ms = 0;

    bool operator==(const TranscriptEntry&) const = default;
};

Result<std::int64_t> append_transcript(Database& db, const TranscriptEntry& entry);

// The newest limit entries, oldest first.
Result<std::vector<TranscriptEntry>> list_transcript(Database& db, const std::string& session_key,
                                                     int limit);

}  // namespace gw::store
