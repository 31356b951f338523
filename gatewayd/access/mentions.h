#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Whether a text names us by one of the operator's patterns, where the network has no mentions.

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/regex.h"

namespace gw::access {

// Who is named is named early; and matching takes time for each byte.
inline constexpr std::size_t kSearchedBytes = 16 * 1024;

// Marks that nobody sees (zero-width ones, directions) are left out before text is searched.
bool is_mentioned(const std::vector<base::Regex>& patterns, std::string_view text);

}  // namespace gw::access
