// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/access/mentions.h"

#include <algorithm>
#include <string>

#include "base/utf8.h"

namespace gw::access {

namespace {

constexpr std::size_t kMarkBytes = 3;

// U+200B–U+200F, U+202A–U+202E, U+2060–U+2064, U+2066–U+2069 and U+FEFF: three bytes each.
bool begins_with_mark(std::string_view text) {
    if (text.size() < kMarkBytes) return false;
    if (text.starts_with("\xEF\xBB\xBF")) return true;
    const auto last = static_cast<unsigned char>(text[2]);
    if (text.starts_with("\xE2\x80")) {
        return (last >= 0x8B && last <= 0x8F) || (last >= 0xAA && last <= 0xAE);
    }
    return text.starts_with("\xE2\x81") && last >= 0xA0 && last <= 0xA9 && last != 0xA5;
}

std::string without_marks(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const bool is_mark = begins_with_mark(text);
        if (!is_mark) out.push_back(text.front());
        text.remove_prefix(is_mark ? kMarkBytes : 1);
    }
    return out;
}

}  // namespace

bool is_mentioned(const std::vector<base::Regex>& patterns, std::string_view text) {
    if (patterns.empty()) return false;
    const std::string searched = without_marks(base::utf8_prefix(text, kSearchedBytes));
    return std::any_of(patterns.begin(), patterns.end(),
                       [&searched](const base::Regex& one) { return one.is_in(searched); });
}

}  // namespace gw::access
