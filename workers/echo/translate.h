#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Between the echo network's JSON and the worker contract: pure functions. What comes is foreign.
//
//   event   {from, text} and, where it says more: group, thread, mentioned, mutable, username,
//   notice,
//           id, replyTo, quoted, quotedSender, kind ("edited", "reaction", "happened")
//   order   {to, text} and what else the order says: replyTo, thread, parseMode, poll {…}
//   change  {to, id} and text, reaction or delete

#include <optional>
#include <string>
#include <string_view>

#include "proto/core_to_worker.pb.h"
#include "proto/worker_to_core.pb.h"

namespace gw::echo {

// Nothing when it says nothing to anybody.
std::optional<proto::MessageReceived> parse_event(std::string_view raw);

// An event as it is said back without a network.
std::string event_json(std::string_view from, std::string_view text);

std::string order_json(const proto::SendMessage& order);
std::string change_json(const proto::ChangeMessage& change);
std::string typing_json(const proto::ShowTyping& typing);

}  // namespace gw::echo
