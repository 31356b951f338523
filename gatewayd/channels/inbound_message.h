#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What a worker says came in, checked and made ours: pure functions from the contract's message to
// the row that is kept and the facts that access depends on.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "gatewayd/access/judge.h"
#include "gatewayd/channels/inbox_rows.h"
#include "gatewayd/config/config.h"
#include "proto/worker_to_core.pb.h"
#include "store/inbound.h"
#include "store/pairing.h"

namespace gw::channels {

// Errc::invalid_input when the worker broke the contract.
Result<void> check(const proto::MessageReceived& message);

// Its text is what a turn is told: what was said, a note for each file, what it answers; or, of
// something that happened, a sentence.
store::Inbound row_of(const config::Account& account, const proto::MessageReceived& message,
                      const ReceivedFiles& files, std::int64_t now_ms);

// But for is_paired, which is the allow-list's to say.
access::Facts facts_of(const config::Config& config, const std::string& self_id,
                       const proto::MessageReceived& message, const store::Inbound& row);

// What its sender asks for when they are a stranger who may ask.
store::PairingRequest pairing_of(const proto::MessageReceived& message, const store::Inbound& row);

}  // namespace gw::channels
