// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/printable.h"

#include <cstdio>

#include "base/utf8.h"

namespace gw::base {

namespace {

bool is_control(char32_t point, Lines lines) {
    if (point < 0x20) return lines == Lines::one || (point != '\n' && point != '\t');
    return (point >= 0x7f && point < 0xa0) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

void append_escaped(std::string& out, char32_t point) {
    char escaped[16];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(point));
    out += escaped;
}

}  // namespace

bool is_printable(std::string_view text, Lines lines) {
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        if (length == 0 || is_control(utf8_first(text), lines)) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view text, Lines lines) {
    if (is_printable(text, lines)) return std::string(text);
    const std::string valid = to_utf8(text);
    std::string out;
    for (std::string_view rest = valid; !rest.empty(); rest.remove_prefix(utf8_sequence(rest))) {
        const char32_t point = utf8_first(rest);
        if (is_control(point, lines)) {
            append_escaped(out, point);
        } else {
            out += rest.substr(0, utf8_sequence(rest));
        }
    }
    return out;
}

}  // namespace gw::base
