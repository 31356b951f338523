#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// How an account of a channel, its gaps and its events in quarantine are shown to clients: in
// answers and in events.

#include <string>

#include "base/json.h"
#include "gatewayd/channels/channels.h"

namespace gw::methods {

// The account snapshot object (docs/protocol/methods.md, channels.status).
void write_account(json::Writer& w, const channels::AccountStatus& status);

// fromMs, toMs, reason and ts of a gap, into an object that has begun.
void write_gap_fields(json::Writer& w, const store::Gap& gap);

// {"id":…,"channel":…,"accountId":…,"eventId":…,"size":…,"ts":…}: an event in quarantine.
void write_quarantined(json::Writer& w, const store::QuarantinedSummary& event);

// "IRC: running (registered as bot)": one line for people.
std::string summary_line(const channels::AccountStatus& status);

}  // namespace gw::methods
