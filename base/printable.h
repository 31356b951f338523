#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Foreign text for a terminal: what strangers call themselves, what networks answer. Control
// characters (C0, C1, DEL), line and paragraph ends and what turns the direction of writing around
// become \xNN, so that it stays where it is put and steers nothing.

#include <string>
#include <string_view>

namespace gw::base {

// One line of text, or several whose ends and tabs stay.
enum class Lines { one, several };

bool is_printable(std::string_view text, Lines lines = Lines::one);

// What is not UTF-8 is U+FFFD.
std::string printable(std::string_view text, Lines lines = Lines::one);

}  // namespace gw::base
