#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the channels announce: a message that is to be answered. The room that runs agents
// implements Answerer; the channels do not know it.

#include <compare>
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
    std::string text;           // as it was said
    std::string thread = {};    // within the conversation; may be empty
    std::string reply_to = {};  // the message that an answer refers to; empty: to none
};

class Answerer {
  public:
    virtual ~Answerer() = default;
    // Called once per message and process; again after a restart while it is not done. Whoever
    // answers commits the answer and marks the message done in one transaction.
    virtual void on_routed(const RoutedMessage& message) = 0;
};

// Where an answer is being made.
struct Conversation {
    std::string channel;
    std::string account;
    std::string peer;
    std::string thread;
    auto operator<=>(const Conversation&) const = default;
};

// Who shows in a conversation that somebody is about to answer.
class Typist {
  public:
    virtual ~Typist() = default;
    // Each begin has its end.
    virtual void begin_typing(const Conversation& where) = 0;
    virtual void end_typing(const Conversation& where) = 0;
};

}  // namespace gw::channels
