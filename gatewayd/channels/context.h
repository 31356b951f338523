#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What a turn is told before the message that it answers: what happened in its conversation, and
// what was said in the group to somebody else. Pure; the lines are as OpenClaw has them.
//
//   System: [2026-11-24 10:00:05 UTC] ann reacted with 👍 to message 7
//
//   [Chat messages since your last reply - for context]
//   bob: lunch?
//
//   [Current message - respond to this]
//   ann: bot: where?

#include <cstdint>
#include <string>
#include <vector>

#include "store/inbound.h"

namespace gw::channels {

// Of happenings; of what was heard the configuration says how many.
inline constexpr int kMaxHappenings = 20;

// "2026-11-24 10:00:05".
std::string date_and_time(std::int64_t ms);

// What the transcript says was said: in a group, by whom.
std::string line_of(const store::Inbound& row);

// line, with what waited before it; the same thing twice in a row is told once.
std::string with_context(const std::vector<store::Inbound>& waiting, const std::string& line);

}  // namespace gw::channels
