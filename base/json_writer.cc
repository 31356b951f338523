// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "base/json.h"
#include "base/utf8.h"

namespace gw::json {

namespace {

// What follows the backslash, 'u' for \u00XX, 0 for bytes that stand for themselves.
constexpr std::array<char, 256> kEscapes = [] {
    std::array<char, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c)
        table[c] = 'u';
    table['\b'] = 'b';
    table['\t'] = 't';
    table['\n'] = 'n';
    table['\f'] = 'f';
    table['\r'] = 'r';
    table['"'] = '"';
    table['\\'] = '\\';
    return table;
}();

char escape_of(char c) {
    return kEscapes[static_cast<unsigned char>(c)];
}

// Eight bytes at once, as in "Bit Twiddling Hacks": whether one is below 0x20, '"', '\\' or not
// ASCII. The subtractions borrow between bytes only above a byte that is reported anyway.
bool needs_a_look(const char* at) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kTops = 0x8080808080808080;
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t quote = word ^ (kOnes * '"');
    const std::uint64_t backslash = word ^ (kOnes * '\\');
    const std::uint64_t found =
        (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes) | word;
    return (found & kTops) != 0;
}

// How many bytes at the start of text are plain ASCII that stands for itself, or a little less.
std::size_t plain_prefix(std::string_view text) {
    std::size_t size = 0;
    while (size + 8 <= text.size() && !needs_a_look(text.data() + size))
        size += 8;
    return size;
}

void append_escape(std::string& out, char c) {
    constexpr char kHex[] = "0123456789abcdef";
    out.push_back('\\');
    out.push_back(escape_of(c));
    if (escape_of(c) != 'u') return;
    out.append("00");
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[c & 15]);
}

// Valid UTF-8 between the quotes; clean runs are appended as a whole.
void append_escaped(std::string& out, std::string_view text) {
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (escape_of(text[i]) == 0) continue;
        out.append(text.data() + start, i - start);
        append_escape(out, text[i]);
        start = i + 1;
    }
    out.append(text.data() + start, text.size() - start);
}

bool is_ascii(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    return true;
}

template <typename T>
void append_integer(std::string& out, T v) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, v).ptr;
    out.append(digits, end);
}

// The layout of ECMAScript's Number::toString for the shortest digits d1…dk and value
// 0.d1…dk × 10^point: plain digits from 1e-6 up to 1e21, an exponent outside.
void lay_out(std::string& out, std::string_view digits, int point) {
    const int count = static_cast<int>(digits.size());
    if (point > 21 || point < -5) {
        out.push_back(digits[0]);
        if (count > 1) out.append(1, '.').append(digits.substr(1));
        out.append(point > 0 ? "e+" : "e-");
        append_integer(out, std::abs(point - 1));
    } else if (point <= 0) {
        out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
    } else if (point >= count) {
        out.append(digits).append(static_cast<std::size_t>(point - count), '0');
    } else {
        const auto whole = static_cast<std::size_t>(point);
        out.append(digits.substr(0, whole)).append(1, '.').append(digits.substr(whole));
    }
}

void append_double(std::string& out, double d) {
    if (std::abs(d) < 0x1p53 && d == std::trunc(d))
        return append_integer(out, static_cast<std::int64_t>(d));  // -0 too becomes 0
    if (d < 0) out.push_back('-');
    char text[32];  // d.ddddde±xx
    const auto end =
        std::to_chars(text, text + sizeof text, std::abs(d), std::chars_format::scientific).ptr;
    const std::string_view shortest(text, static_cast<std::size_t>(end - text));
    const std::size_t e = shortest.find('e');
    std::string digits(shortest.substr(0, e));
    if (digits.size() > 1) digits.erase(1, 1);
    const std::size_t sign = e + 1;
    int exponent = 0;
    std::from_chars(text + sign + 1, end, exponent);
    lay_out(out, digits, (text[sign] == '-' ? -exponent : exponent) + 1);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
    out.push_back('"');
    const std::size_t plain = plain_prefix(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (is_ascii(text) || base::is_utf8(text))
        append_escaped(out, text);
    else
        append_escaped(out, base::to_utf8(text));
    out.push_back('"');
}

void append(std::string& out, Value value) {
    Writer(out).value(value);
}

std::string to_string(Value value) {
    std::string out;
    append(out, value);
    return out;
}

Writer& Writer::key(std::string_view trusted) {
    separate();
    out_.push_back('"');
    out_.append(trusted).append("\":");
    needs_comma_ = false;
    return *this;
}

Writer& Writer::foreign_key(std::string_view any) {
    separate();
    append_string(out_, any);
    out_.push_back(':');
    needs_comma_ = false;
    return *this;
}

Writer& Writer::value(std::string_view text) {
    separate();
    append_string(out_, text);
    return *this;
}

Writer& Writer::value(bool b) {
    separate();
    out_.append(b ? "true" : "false");
    return *this;
}

Writer& Writer::value(double d) {
    if (!std::isfinite(d)) return null();
    separate();
    append_double(out_, d);
    return *this;
}

Writer& Writer::value(Value v) {
    if (v.is_null()) return null();
    if (v.is_bool()) return value(v.boolean());
    if (v.is_string()) return value(v.string());
    if (v.is_array()) {
        begin_array();
        for (std::size_t i = 0; i < v.size(); ++i)
            value(v.element(i));
        return end_array();
    }
    if (v.is_object()) {
        begin_object();
        for (const auto member : v.members())
            foreign_key(member.key).value(member.value());
        return end_object();
    }
    if (v.node()->type == Node::Type::integer) return integer(v.node()->integer);
    if (v.node()->type == Node::Type::natural) return natural(v.node()->natural);
    return value(v.number());
}

Writer& Writer::null() {
    separate();
    out_.append("null");
    return *this;
}

Writer& Writer::raw(std::string_view json) {
    separate();
    out_.append(json);
    return *this;
}

Writer& Writer::integer(std::int64_t v) {
    separate();
    append_integer(out_, v);
    return *this;
}

Writer& Writer::natural(std::uint64_t v) {
    separate();
    append_integer(out_, v);
    return *this;
}

}  // namespace gw::json
