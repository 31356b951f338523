#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// inbound (the inbox): every message that came in through a channel, committed together with the
// provider's resume cursor before the worker may acknowledge it. accepted → routed → done.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gw::store {

class Database;

enum class InboundState { accepted, routed, done };

// What a message that starts no turn is to the next one of its session.
enum class Context {
    none,
    heard,      // said in the group, to somebody else
    happening,  // an edit, a reaction and the like
};

struct Inbound {
    std::int64_t id = 0;  // assigned by insert_inbound
    std::string channel;
    std::string account;
    std::string event_id;   // unique per channel and account
    std::string peer;       // the conversation as the channel names it
    std::string chat_type;  // "direct", "group" or "channel"
    std::string sender_id;
    std::string sender_name;
    std::string text;
    bool was_mentioned = false;
    std::int64_t provider_ms = 0;  // when the provider says it was said; 0 unknown
    std::int64_t received_ms = 0;
    InboundState state = InboundState::accepted;
    std::string session_key;          // once routed
    std::string provider_message_id;  // what a reply can refer to
    std::string thread;               // within the conversation
    // Done, and still to be shown with the session's next message that is answered.
    Context context = Context::none;

    bool operator==(const Inbound&) const = default;
};

// What is known of an event: its row's id and state.
struct KnownInbound {
    std::int64_t id = 0;
    InboundState state = InboundState::accepted;
};
Result<std::optional<KnownInbound>> find_inbound(Database& db, const std::string& channel,
                                                 const std::string& account,
                                                 const std::string& event_id);

// Inserts the message as accepted and returns its row's id. The event must not be known.
Result<std::int64_t> insert_inbound(Database& db, const Inbound& message);

Result<void> mark_routed(Database& db, std::int64_t id, const std::string& session_key);
Result<void> mark_done(Database& db, std::int64_t id);

// accepted and routed ones, oldest first: what a start takes up again.
Result<std::vector<Inbound>> unfinished_inbound(Database& db);

// The newest of the session's messages that wait to be shown, oldest first, at most so many of a
// kind. None of the session waits afterwards.
Result<std::vector<Inbound>> take_context(Database& db, const std::string& session_key,
                                          int max_heard, int max_happenings);

// Where the account resumes reading.
Result<void> put_cursor(Database& db, const std::string& channel, const std::string& account,
                        const std::string& cursor);
Result<std::optional<std::string>> find_cursor(Database& db, const std::string& channel,
                                               const std::string& account);

}  // namespace gw::store
