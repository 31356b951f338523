// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/ctcp.h"

#include <chrono>

namespace gw::irc {

namespace {

constexpr char kMark = '\x01';
// Three lines that are asked for at once would eat the account's own turn.
constexpr std::chrono::seconds kPause{3};
constexpr std::size_t kLongestToken = 64;

std::optional<std::string> answer_to(std::string_view request) {
    if (request == "VERSION") return "VERSION gatewayd";
    const bool is_ping = request.starts_with("PING ") && request.size() <= kLongestToken;
    return is_ping ? std::optional(std::string(request)) : std::nullopt;
}

}  // namespace

std::optional<std::string> Ctcp::find_answer(std::string_view body, base::SteadyTime now) {
    if (!body.starts_with(kMark)) return std::nullopt;
    body.remove_prefix(1);
    if (body.ends_with(kMark)) body.remove_suffix(1);
    const auto answer = answer_to(body);
    if (!answer || now < next_) return std::nullopt;
    next_ = now + kPause;
    return kMark + *answer + kMark;
}

}  // namespace gw::irc
