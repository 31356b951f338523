#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Pairing requests and allowed senders as clients see them, in answers and in events.

#include "base/json.h"
#include "store/pairing.h"

namespace gw::methods {

void write_pairing_request(json::Writer& w, const store::PairingRequest& request);
void write_allowed_sender(json::Writer& w, const store::AllowedSender& sender);

}  // namespace gw::methods
