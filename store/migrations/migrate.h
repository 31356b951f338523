#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Migrations: how the tables became what they are. Numbered, run in order, each once, all that is
// missing in one transaction. The number of the last one is the file's user_version.

#include "base/result.h"

namespace gw::store {

class Database;

// Errc::corrupt when the file was written by a newer gatewayd.
Result<void> migrate(Database& db);

}  // namespace gw::store
