#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Lengths and offsets as networks count them that think in UTF-16 units: a code point above U+FFFF
// has two. Texts are valid UTF-8.

#include <cstddef>
#include <string_view>

namespace gw::text {

std::size_t utf16_length(std::string_view text);

// The byte at which the given unit begins; the end of the text when there are fewer. A unit in the
// middle of a code point counts as the code point's end.
std::size_t byte_of_unit(std::string_view text, std::size_t unit);

// The longest prefix of at most that many units.
std::string_view utf16_prefix(std::string_view text, std::size_t units);

}  // namespace gw::text
