#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What a Configure says of durable facts, read together. Runs on the store's writer thread, behind
// everything that earlier generations of the worker handed over, so that a new one never resumes
// from something older than what its predecessor was told is kept.

#include <string>
#include <vector>

#include "base/result.h"

namespace gw::store {
class Database;
}

namespace gw::channels {

struct ConfigureFacts {
    std::string cursor;             // empty: none yet
    std::vector<std::string> skip;  // at most kMaxSkip
};

// The skip list has the events that crashed the worker kMaxCrashes times, and behind them what is
// in quarantine: a provider that did not hear of it brings it again.
Result<ConfigureFacts> read_configure_facts(store::Database& db, const std::string& channel,
                                            const std::string& account);

}  // namespace gw::channels
