// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/agents/responder.h"

#include "base/utf8.h"

namespace gw::agents {

namespace {

// Enough to recognise what was said, on networks where a line has 512 bytes too.
constexpr std::size_t kMaxQuotedBytes = 280;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

std::string builtin_answer(std::string_view text) {
    text = trimmed(text);
    const std::string_view quoted = base::utf8_prefix(text, kMaxQuotedBytes);
    std::string answer =
        "No model is configured, so this is gatewayd's built-in responder. You said: ";
    answer += quoted;
    if (quoted.size() < text.size()) answer += "…";
    return answer;
}

}  // namespace gw::agents
