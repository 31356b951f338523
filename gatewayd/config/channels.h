#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// channels.*: one block a channel, with accounts inside. A broken block disables its channel and
// nothing else.

#include <vector>

#include "base/json.h"
#include "gatewayd/config/config.h"
#include "gatewayd/config/section.h"

namespace gw::config {

// Accounts in the order of the file; those of a broken block are left out and what is wrong with
// them is in reading.problems.
std::vector<Account> read_channels(const Reading& reading, json::Value channels);

}  // namespace gw::config
