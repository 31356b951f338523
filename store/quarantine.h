#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// quarantine: events that crashed their worker too often, with their bytes as far as they could be
// had. Nothing here was ever parsed. Bounded: the newest of each account are kept.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace gw::store {

class Database;

struct Quarantined {
    std::int64_t id = 0;  // assigned by put_quarantine
    std::string channel;
    std::string account;
    std::string event_id;  // unique per channel and account
    base::Bytes raw;
    std::int64_t created_ms = 0;

    bool operator==(const Quarantined&) const = default;
};

// A list has sizes in place of bytes.
struct QuarantinedSummary {
    std::int64_t id = 0;
    std::string channel;
    std::string account;
    std::string event_id;
    std::int64_t size = 0;
    std::int64_t created_ms = 0;

    bool operator==(const QuarantinedSummary&) const = default;
};

// What is kept per account; older ones are forgotten when a new one comes.
constexpr int kKeepQuarantined = 10'000;

// Keeps the event and returns its id; nothing when the account's event of this id is kept already.
Result<std::optional<std::int64_t>> put_quarantine(Database& db, const Quarantined& event);

// The newest first.
Result<std::vector<QuarantinedSummary>> list_quarantine(Database& db, int limit);
Result<std::optional<Quarantined>> find_quarantined(Database& db, std::int64_t id);

Result<bool> is_quarantined(Database& db, const std::string& channel, const std::string& account,
                            const std::string& event_id);

// The account's newest events in quarantine.
Result<std::vector<std::string>> list_quarantined_ids(Database& db, const std::string& channel,
                                                      const std::string& account, int limit);

// Whether there was such an event.
Result<bool> drop_quarantined(Database& db, std::int64_t id);

}  // namespace gw::store
