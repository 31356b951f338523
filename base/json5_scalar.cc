// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/json5_scalar.h"

#include "base/json_nodes.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

namespace gw::json5 {

namespace {

constexpr char32_t kZeroWidthNonJoiner = 0x200C;
constexpr char32_t kZeroWidthJoiner = 0x200D;

bool is_digit(char32_t c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char32_t c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 0x80;
}

int hex_value(char32_t c) {
    if (is_digit(c)) return static_cast<int>(c - '0');
    const char32_t lower = c | 0x20;
    return c < 0x80 && lower >= 'a' && lower <= 'f' ? static_cast<int>(lower - 'a' + 10) : -1;
}

bool is_high_surrogate(char32_t c) {
    return c >= 0xD800 && c <= 0xDBFF;
}
bool is_low_surrogate(char32_t c) {
    return c >= 0xDC00 && c <= 0xDFFF;
}

void append_utf8(std::string& out, char32_t c) {
    const auto push = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (c < 0x80) return push(c);
    if (c < 0x800) {
        push(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            push(0xE0 | c >> 12);
        } else {
            push(0xF0 | c >> 18);
            push(0x80 | (c >> 12 & 0x3F));
        }
        push(0x80 | (c >> 6 & 0x3F));
    }
    push(0x80 | (c & 0x3F));
}

Result<char32_t> read_hex(Cursor& cursor, int digits, Position start, std::string_view expected) {
    char32_t value = 0;
    for (int i = 0; i < digits; ++i) {
        const int digit = hex_value(cursor.peek());
        if (digit < 0) return refuse(start, expected);
        value = value << 4 | static_cast<char32_t>(digit);
        cursor.take();
    }
    return value;
}

// Behind "\u"; start is where the backslash stands.
Result<char32_t> read_unicode_escape(Cursor& cursor, Position start) {
    constexpr std::string_view kExpected = "expected four hexadecimal digits after '\\u'";
    constexpr std::string_view kUnpaired = "this escape is half of a surrogate pair";
    TRY(const char32_t first, read_hex(cursor, 4, start, kExpected));
    if (is_low_surrogate(first)) return refuse(start, kUnpaired);
    if (!is_high_surrogate(first)) return first;
    if (!cursor.take_if('\\') || !cursor.take_if('u')) return refuse(start, kUnpaired);
    TRY(const char32_t second, read_hex(cursor, 4, start, kExpected));
    if (!is_low_surrogate(second)) return refuse(start, kUnpaired);
    return 0x10000 + ((first - 0xD800) << 10 | (second - 0xDC00));
}

// The character that a backslash and c stand for, for the escapes of one letter.
std::optional<char32_t> find_simple_escape(char32_t c) {
    switch (c) {
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case 'v': return '\v';
        default: return std::nullopt;
    }
}

// Behind the backslash that stands at start; nothing for a line continuation.
Result<std::optional<char32_t>> read_escape(Cursor& cursor, Position start) {
    if (cursor.take_line_end()) return std::nullopt;
    const char32_t c = cursor.take();
    if (c == 'u') return read_unicode_escape(cursor, start);
    if (c == 'x') return read_hex(cursor, 2, start, "expected two hexadecimal digits after '\\x'");
    if (c == '0' && !is_digit(cursor.peek())) return U'\0';
    if (is_digit(c)) return refuse(start, "a backslash before this digit means nothing in JSON5");
    if (const auto simple = find_simple_escape(c)) return simple;
    return c;
}

json::Node to_node(std::uint64_t whole, bool is_negative) {
    if (!is_negative) return json::natural_node(whole);
    if (whole > std::uint64_t{1} << 63) return json::real_node(-static_cast<double>(whole));
    return json::integer_node(static_cast<std::int64_t>(~whole + 1));
}

Result<json::Node> read_hex_number(Cursor& cursor, Position start, bool is_negative) {
    const std::size_t begin = cursor.offset();
    while (hex_value(cursor.peek()) >= 0)
        cursor.take();
    const std::string_view digits = cursor.since(begin);
    if (digits.empty()) return refuse(start, "expected hexadecimal digits after '0x'");
    std::uint64_t value = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (result.ec != std::errc()) return refuse(start, "this hexadecimal number exceeds 64 bits");
    return to_node(value, is_negative);
}

std::size_t skip_digits(Cursor& cursor) {
    std::size_t count = 0;
    for (; is_digit(cursor.peek()); ++count)
        cursor.take();
    return count;
}

// Steps over what the grammar allows; whether a fraction or an exponent was there.
Result<bool> skip_decimal(Cursor& cursor, Position start) {
    bool is_whole = true;
    const bool has_leading_zero = cursor.peek() == '0';
    std::size_t digits = skip_digits(cursor);
    if (has_leading_zero && digits > 1)
        return refuse(start, "a number cannot have leading zeros: octal does not exist in JSON5");
    if (cursor.take_if('.')) {
        is_whole = false;
        digits += skip_digits(cursor);
    }
    if (digits == 0) return refuse(start, "expected digits");
    if (cursor.take_if('e') || cursor.take_if('E')) {
        is_whole = false;
        if (!cursor.take_if('+')) cursor.take_if('-');
        if (skip_digits(cursor) == 0) return refuse(start, "expected digits in the exponent");
    }
    return is_whole;
}

Result<json::Node> read_decimal(Cursor& cursor, Position start, bool is_negative) {
    const std::size_t begin = cursor.offset();
    TRY(const bool is_whole, skip_decimal(cursor, start));
    const std::string_view text = cursor.since(begin);
    const char* const end = text.data() + text.size();
    std::uint64_t whole = 0;
    if (is_whole && std::from_chars(text.data(), end, whole).ec == std::errc())
        return to_node(whole, is_negative);
    const double value = json::nearest_double(text);
    if (!std::isfinite(value)) return refuse(start, "this number is out of range");
    return json::real_node(is_negative ? -value : value);
}

}  // namespace

Result<std::string> read_string(Cursor& cursor) {
    const Position start = cursor.position();
    const char32_t quote = cursor.take();
    std::string text;
    for (;;) {
        const Position here = cursor.position();
        const char32_t c = cursor.peek();
        if (c == kEnd) return refuse(start, "this string has no end");
        if (c == '\n' || c == '\r')
            return refuse(start,
                          "this string is not closed on its line: write \\n, or end the "
                          "line with a backslash");
        cursor.take();
        if (c == quote) return text;
        if (c != '\\') {
            append_utf8(text, c);
            continue;
        }
        if (cursor.peek() == kEnd) return refuse(start, "this string has no end");
        TRY(const std::optional<char32_t> escaped, read_escape(cursor, here));
        if (escaped) append_utf8(text, *escaped);
    }
}

bool may_start_identifier(char32_t c) {
    if (c < 0x80) return is_letter(c) || c == '_' || c == '$' || c == '\\';
    // Punctuation and line separators; the blanks beyond ASCII were skipped before.
    return c != kEnd && !(c >= 0x2010 && c <= 0x206F) && !is_line_end(c);
}

Result<std::string> read_identifier(Cursor& cursor) {
    const auto may_continue = [](char32_t c) {
        return is_digit(c) || c == kZeroWidthJoiner || c == kZeroWidthNonJoiner ||
               may_start_identifier(c);
    };
    std::string name;
    while (may_continue(cursor.peek())) {
        const Position here = cursor.position();
        char32_t c = cursor.take();
        if (c == '\\') {
            if (!cursor.take_if('u')) return refuse(here, "expected 'u' after '\\' in a key");
            TRY(c, read_unicode_escape(cursor, here));
            const bool is_allowed =
                c != '\\' && (name.empty() ? may_start_identifier(c) : may_continue(c));
            if (!is_allowed)
                return refuse(here, "this escape cannot stand in a key without quotes");
        }
        append_utf8(name, c);
    }
    return name;
}

bool may_start_number(char32_t c) {
    return is_digit(c) || c == '.' || c == '+' || c == '-';
}

Result<json::Node> read_number(Cursor& cursor) {
    const Position start = cursor.position();
    const bool is_negative = cursor.take_if('-');
    if (!is_negative) cursor.take_if('+');
    if (cursor.peek() == 'I' || cursor.peek() == 'N')
        return refuse(start, "Infinity and NaN cannot be used here");
    Cursor ahead = cursor;
    if (ahead.take_if('0') && (ahead.take_if('x') || ahead.take_if('X'))) {
        cursor = ahead;
        return read_hex_number(cursor, start, is_negative);
    }
    return read_decimal(cursor, start, is_negative);
}

}  // namespace gw::json5
