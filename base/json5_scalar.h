#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Strings, keys and numbers of JSON5. Used by base/json5.cc only.

#include "base/json5_cursor.h"

#include <string>

namespace gw::json5 {

// The cursor stands on the opening quote, single or double.
Result<std::string> read_string(Cursor& cursor);

// A key without quotes: an IdentifierName of ECMAScript 5.1. Every letter, mark and digit beyond
// ASCII is accepted, and so are a few symbols that Unicode calls none of these.
Result<std::string> read_identifier(Cursor& cursor);

bool may_start_identifier(char32_t c);

// True for what a number can start with.
bool may_start_number(char32_t c);
Result<json::Node> read_number(Cursor& cursor);

}  // namespace gw::json5
