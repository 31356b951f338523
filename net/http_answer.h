#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// How an answer is written. Private to net/.

#include <string>

#include "net/http.h"

namespace gw::net {

// Head and body as bytes; without the body in answer to HEAD.
std::string to_text(const HttpAnswer& answer, bool is_head_request, bool keeps_alive);

}  // namespace gw::net
