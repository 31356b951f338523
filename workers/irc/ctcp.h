#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Ctcp: what programs ask each other in messages between \x01 marks. Answered are VERSION and PING,
// seldom; everything else, DCC for one, is passed over. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gw::irc {

class Ctcp {
  public:
    // The body of the NOTICE that answers; nothing where there is none, or too many were asked.
    std::optional<std::string> find_answer(std::string_view body, base::SteadyTime now);

  private:
    base::SteadyTime next_{};  // before that nobody is answered
};

}  // namespace gw::irc
