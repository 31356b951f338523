#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The built-in responder: what is answered while no model is configured, so that the path from a
// chat network and back can be seen working. It says what it is. Pure.

#include <string>
#include <string_view>

namespace gw::agents {

// text is valid UTF-8; a long one is quoted in part.
std::string builtin_answer(std::string_view text);

}  // namespace gw::agents
