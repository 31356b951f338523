#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Ids of senders and groups, as operators write them and as networks do.

#include <string>
#include <string_view>

namespace gw::access {

// Without regard to the case of ASCII letters.
bool is_same(std::string_view a, std::string_view b);
std::string lowered(std::string_view id);

// "telegram:7" and "tg:7" as "7": an id may say of which channel it is.
std::string_view without_prefix(std::string_view channel, std::string_view id);

}  // namespace gw::access
