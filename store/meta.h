#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// meta: single facts about this database (schema version, when it was made, instance id).

#include <optional>
#include <string>

#include "base/result.h"

namespace gw::store {

class Database;

Result<std::optional<std::string>> find_meta(Database& db, const std::string& key);
Result<void> put_meta(Database& db, const std::string& key, const std::string& value);

}  // namespace gw::store
