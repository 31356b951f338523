#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// event_crashes: how often a worker ended badly while it parsed one event. An event is its id and
// the digest of its bytes: the same id with other bytes is another event, counted from the start.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace gw::store {

class Database;

struct EventCrash {
    std::string channel;
    std::string account;
    std::string event_id;
    base::Bytes digest;
    std::int64_t now_ms = 0;
};

// Returns how often it has crashed, this time included.
Result<std::int64_t> count_crash(Database& db, const EventCrash& crash);

// The event was accepted, or skipped. Forgetting what is not there changes nothing.
Result<void> forget_crashes(Database& db, const std::string& channel, const std::string& account,
                            const std::string& event_id);

// Ids of the account's events that crashed at least so often, the newest first.
Result<std::vector<std::string>> list_crashed(Database& db, const std::string& channel,
                                              const std::string& account, int min_crashes,
                                              int limit);

}  // namespace gw::store
