#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// UTF-8 (RFC 3629): overlong forms, surrogates and anything above U+10FFFF are invalid.

#include <cstddef>
#include <string>
#include <string_view>

namespace gw::base {

bool is_utf8(std::string_view text);

// The bytes of the sequence text starts with (1 to 4), or 0 when it is not a valid one.
std::size_t utf8_sequence(std::string_view text);

// The code point text starts with. text is valid UTF-8 and not empty.
char32_t utf8_first(std::string_view text);

// The longest prefix of at most max_bytes that does not cut a code point. text is valid UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

// text with U+FFFD in place of every byte that belongs to no valid sequence.
std::string to_utf8(std::string_view text);

}  // namespace gw::base
