#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Pairing codes: what a stranger is told and an operator types. Eight characters that nobody takes
// for another one, so 40 bits: enough for the hour of their life, behind a login.

#include <cstddef>
#include <string>
#include <string_view>

namespace gw::access {

inline constexpr std::size_t kCodeChars = 8;
inline constexpr std::string_view kCodeAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

// Every code is equally likely.
std::string new_code();

// As it was made: operators type in any case, with blanks around it.
std::string canonical_code(std::string_view typed);

}  // namespace gw::access
