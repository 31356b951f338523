#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What is forgotten, and when. Transcripts never are; see docs/formats/database.md.

#include <chrono>
#include <cstdint>

#include "base/result.h"

namespace gw::store {

class Database;

// From creation, for rows whose work is finished; unfinished rows stay.
constexpr std::chrono::hours kKeepKeys{7 * 24};
// Longer than any network redelivers a message that was acknowledged.
constexpr std::chrono::hours kKeepMessages{30 * 24};
// From the last crash. An event that comes again later than this is counted from the start.
constexpr std::chrono::hours kKeepCrashes{30 * 24};

// Deletes up to limit expired rows of each table (idempotency, deliveries, inbound,
// event_crashes) and returns how
// many went: when not zero there may be more, to be deleted in a transaction of their own.
Result<std::int64_t> forget_expired(Database& db, std::int64_t now_ms, int limit);

}  // namespace gw::store
