#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// UTF-8 (RFC 3629).

#include <cstddef>
#include <string_view>

namespace gw::base {

bool is_utf8(std::string_view text);

// Code points in valid UTF-8.
std::size_t utf8_length(std::string_view text);

// The longest prefix of at most max_bytes that does not cut a code point. text is valid UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

}  // namespace gw::base
