#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Makes the database of a gateway that never ran: all its tables, in one file that appears whole or
// not at all.

#include <string>

#include "base/result.h"

namespace gw::store {

// Makes path unless it is there. The file is put together beside it without a sync in between, then
// synced once and renamed: a start on a fresh state directory waits for the disk twice, not for
// every step of the migrations. What an interrupted creation left is made anew.
Result<void> create_missing(const std::string& path);

}  // namespace gw::store
