#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// worker_state: what an account's worker keeps, keys and values of its own choosing, and how many
// bytes all of it has (worker_state_usage).

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace gw::store {

class Database;

struct StateEntry {
    std::string key;
    base::Bytes value;

    bool operator==(const StateEntry&) const = default;
};

struct StatePage {
    std::vector<StateEntry> entries;  // by key, in the order of bytes
    bool has_more = false;
};

struct StateQuery {
    std::string channel;
    std::string account;
    std::string prefix;  // keys begin with it
    std::string after;   // and come behind this one; empty: all
    std::size_t max_entries = 0;
    std::size_t max_bytes = 0;  // of keys and values; one entry is returned in any case
};

// Puts all entries, whose keys differ; one without a value deletes its key. False, and nothing is
// changed, when the account would then have more than max_bytes of keys and values.
Result<bool> put_state(Database& db, const std::string& channel, const std::string& account,
                       const std::vector<StateEntry>& entries, std::int64_t max_bytes);

Result<StatePage> list_state(Database& db, const StateQuery& what);

}  // namespace gw::store
