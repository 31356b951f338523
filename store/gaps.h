#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// gaps: times in which an account may have missed messages that its network will not repeat.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gw::store {

class Database;

struct Gap {
    std::int64_t id = 0;  // assigned by record_gap
    std::string channel;
    std::string account;
    std::int64_t from_ms = 0;
    std::int64_t to_ms = 0;
    std::string reason;
    std::int64_t noticed_ms = 0;

    bool operator==(const Gap&) const = default;
};

// What is kept per account; older ones are forgotten when a new one comes.
constexpr int kKeepGaps = 10'000;

// Keeps the gap, joined with those of the same account that it overlaps or touches. Returns the
// joined one; nothing when it lies within one that is known.
Result<std::optional<Gap>> record_gap(Database& db, const Gap& gap);

// Whether all of it lies within one gap that is kept.
Result<bool> is_gap_known(Database& db, const std::string& channel, const std::string& account,
                          std::int64_t from_ms, std::int64_t to_ms);

// The last one of each account that has any.
Result<std::vector<Gap>> latest_gaps(Database& db);

}  // namespace gw::store
