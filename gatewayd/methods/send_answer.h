#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What callers of send and poll have in common: they wait for a delivery's end.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gatewayd/delivery/outbox.h"
#include "gatewayd/methods/request.h"

namespace gw::methods {

std::string text_or_empty(const std::optional<std::string_view>& value);

// The worker contract's word for a client's parseMode. Errc::invalid_input names those there are.
Result<std::string> parse_mode_of(const std::optional<std::string_view>& asked);

// Answers when the delivery has ended: confirmed by the network, or why not.
delivery::Outbox::Ended answer_when_ended(Request& request, const std::string& run_id,
                                          const std::string& channel);

}  // namespace gw::methods
