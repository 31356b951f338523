// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/server_features.h"

#include <algorithm>
#include <charconv>

namespace gw::irc {

namespace {

constexpr std::size_t kShortestLine = 512;
constexpr std::size_t kLongestLine = 8192;
constexpr std::size_t kMaxNumber = 100'000;

std::size_t number_of(std::string_view text) {
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return std::min(number, kMaxNumber);
}

}  // namespace

void ServerFeatures::take(const Line& line) {
    for (const std::string_view feature : line.params) {
        const std::size_t equals = feature.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view name = feature.substr(0, equals);
        const std::string_view value = feature.substr(equals + 1);
        if (name == "CASEMAPPING") {
            if (value == "ascii") mapping = CaseMapping::ascii;
            if (value == "rfc1459") mapping = CaseMapping::rfc1459;
            if (value == "strict-rfc1459") mapping = CaseMapping::strict_rfc1459;
        } else if (name == "CHANTYPES") {
            channel_types = value;
        } else if (name == "LINELEN") {
            line_bytes = std::clamp(number_of(value), kShortestLine, kLongestLine);
        } else if (name == "NICKLEN") {
            nick_bytes = number_of(value);
        } else if (name == "CHATHISTORY") {
            history_lines = number_of(value);
        }
    }
}

}  // namespace gw::irc
