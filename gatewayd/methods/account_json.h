#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// How an account of a channel is shown to clients: in channels.status, in status and in health.

#include <string>

#include "base/json.h"
#include "gatewayd/channels/channels.h"

namespace gw::methods {

// The account snapshot object (docs/protocol/methods.md, channels.status).
void write_account(json::Writer& w, const channels::AccountStatus& status);

// "IRC: running (registered as bot)": one line for people.
std::string summary_line(const channels::AccountStatus& status);

}  // namespace gw::methods
