#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the channels announce: a message that is to be answered. The room that runs agents
// implements Answerer; the channels do not know it.

#include <cstdint>
#include <string>

namespace gw::channels {

// A message that was admitted, committed and written into its session's transcript.
struct RoutedMessage {
    std::int64_t inbound_id = 0;
    std::string channel;
    std::string account;
    std::string peer;  // what an answer is sent to
    std::string session_key;
    std::string text;  // as it was said
};

class Answerer {
  public:
    virtual ~Answerer() = default;
    // Called once per message and process; again after a restart while it is not done. Whoever
    // answers commits the answer and marks the message done in one transaction.
    virtual void on_routed(const RoutedMessage& message) = 0;
};

}  // namespace gw::channels
