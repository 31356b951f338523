#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The runs' transactions: what is written together. Run on the store's writer thread, so they take
// values and touch nothing else.

#include <cstdint>
#include <string>

#include "base/result.h"

namespace gw::store {
class Database;
}

namespace gw::agents {

// The durable name of a client's turn.
std::string idempotency_key(const std::string& run_id);

struct ClaimedRun {
    enum class State {
        claimed,   // the turn is ours to run
        finished,  // it was run before
        refused,   // it is new and there was no room for it
    };
    State state = State::claimed;
    bool ok = true;       // of a finished one
    std::string summary;  // why not
};

struct UserTurn {
    std::string run_id;
    std::string session_key;
    std::string text;
    std::int64_t now_ms = 0;
};
// Claims the run id and appends the user's line to the session, which is made if need be. A turn
// that was claimed and never finished is claimed again, without a second line. Without room a new
// turn is left alone.
Result<ClaimedRun> claim_turn(store::Database& db, const UserTurn& turn, bool has_room);

struct Answer {
    std::string session_key;
    std::string text;
    std::int64_t now_ms = 0;
};
// Appends the built-in responder's line.
Result<void> append_answer(store::Database& db, const Answer& answer);

// Ends a channel's message that nobody answers; its session's transcript says why.
Result<void> leave_unanswered(store::Database& db, std::int64_t inbound_id,
                              const std::string& session_key, const std::string& why,
                              std::int64_t now_ms);

struct Injection {
    std::string session_key;
    std::string message;  // the whole line, JSON
    std::int64_t now_ms = 0;
};
// Appends the line to a session that exists. Errc::not_found "session not found" otherwise.
Result<void> inject_line(store::Database& db, const Injection& injection);

// Ends a client's turn: the same id gets this answer from now on.
Result<void> finish_turn(store::Database& db, const std::string& run_id, bool ok,
                         const std::string& summary);

}  // namespace gw::agents
