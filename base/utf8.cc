// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/utf8.h"

#include <simdjson.h>

#include <cstdint>

namespace gw::base {

namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The table of RFC 3629 §4: what the lead byte says about the length and the second byte.
struct Lead {
    std::size_t length;
    unsigned char low;   // the second byte is at least this
    unsigned char high;  // and at most that
};

Lead classify(unsigned char c) {
    if (c < 0x80) return {1, 0, 0};
    if (c < 0xC2) return {0, 0, 0};
    if (c < 0xE0) return {2, 0x80, 0xBF};
    if (c == 0xE0) return {3, 0xA0, 0xBF};
    if (c == 0xED) return {3, 0x80, 0x9F};
    if (c < 0xF0) return {3, 0x80, 0xBF};
    if (c == 0xF0) return {4, 0x90, 0xBF};
    if (c < 0xF4) return {4, 0x80, 0xBF};
    if (c == 0xF4) return {4, 0x80, 0x8F};
    return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

std::size_t utf8_sequence(std::string_view text) {
    if (text.empty()) return 0;
    const Lead lead = classify(static_cast<unsigned char>(text[0]));
    if (lead.length < 2) return lead.length;
    if (text.size() < lead.length) return 0;
    const auto second = static_cast<unsigned char>(text[1]);
    if (second < lead.low || second > lead.high) return 0;
    for (std::size_t i = 2; i < lead.length; ++i)
        if (!is_continuation(text[i])) return 0;
    return lead.length;
}

char32_t utf8_first(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = classify(lead).length;
    if (length < 2) return lead;
    char32_t point = lead & (0x7FU >> length);
    for (const char c : text.substr(1, length - 1))
        point = point << 6U | (static_cast<unsigned char>(c) & 0x3FU);
    return point;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) return text;
    while (max_bytes > 0 && is_continuation(text[max_bytes]))
        --max_bytes;
    return text.substr(0, max_bytes);
}

std::string to_utf8(std::string_view text) {
    std::string clean;
    clean.reserve(text.size() + 8);
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        if (length == 0)
            clean.append("\xEF\xBF\xBD");
        else
            clean.append(text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return clean;
}

}  // namespace gw::base
