#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The transactions of what comes in: what is written together. Run on the store's writer thread, so
// they take values and touch nothing else.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gatewayd/access/pairing_rows.h"
#include "gatewayd/channels/commit_order.h"
#include "gatewayd/channels/inbound_custody.h"
#include "store/gaps.h"
#include "store/inbound.h"
#include "store/media.h"
#include "store/quarantine.h"

namespace gw::store {
class Database;
}

namespace gw::channels {

// One event on its way into the store.
struct Arrival {
    std::string channel;
    std::string account;
    std::string event_id;
    std::string cursor;  // may be empty
    // While it is still being committed. A cursor never passes what is not on disk.
    Predecessor predecessor;
};

// What came with a message: files that are on disk and in no row yet.
struct ReceivedFiles {
    std::string directory;
    std::vector<store::Media> all;
};

// A message, and what was decided about it.
struct Judged {
    store::Inbound row;
    bool is_admitted = false;
    std::optional<store::PairingRequest> pairing;  // what a stranger asks for
    ReceivedFiles files;
    int max_heard = 0;  // of what was said before it to others, shown with it
};

struct KeptMessage {
    std::int64_t id = 0;
    Step step;  // what was done, and what may be said now
    std::optional<access::Asked> asked;
};
// Cursor, row, files, session and transcript line of one message, or its sender's pairing request
// and the reply to it, as far as the table says.
Result<KeptMessage> keep_message(store::Database& db, const Arrival& arrival,
                                 const Judged& message);

// Cursor and bytes of an event that nobody dares to parse; it is not counted any more. Returns its
// id in quarantine; nothing when it was there already.
Result<void> keep_passed(store::Database& db, const Arrival& arrival);
Result<std::optional<std::int64_t>> keep_skipped(store::Database& db, const Arrival& arrival,
                                                 const store::Quarantined& event);

struct LeftBehind {
    store::Inbound row;
    Step step;
};
// What earlier processes accepted and did not finish, oldest first. Called before the first
// keep_message of this process, it sees nothing of this process's own.
Result<std::vector<LeftBehind>> list_left_behind(store::Database& db);

// The session's line, with what waited to be shown before it, and `routed`; for a row that was
// accepted only.
Result<void> route(store::Database& db, const store::Inbound& row, int max_heard);

struct KeptGap {
    store::Gap gap;             // joined with what it overlaps
    std::int64_t sessions = 0;  // that got a line
};
// The gap, and a line in every session that was active on the account (the newest 1000). Nothing
// when it lies within a gap that is known.
Result<std::optional<KeptGap>> keep_gap(store::Database& db, const store::Gap& gap,
                                        const Predecessor& predecessor);

}  // namespace gw::channels
