#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// channels.<id>.groups: a list of group ids, or what each of them says for itself.

#include <map>
#include <optional>
#include <string>

#include "gatewayd/config/config.h"
#include "gatewayd/config/section.h"

namespace gw::config {

// Nothing when the block has no such key, or it is wrong and a problem says so.
std::optional<std::map<std::string, GroupRules>> read_groups(Section& block);

}  // namespace gw::config
