// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/json.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>

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

// Eight bytes at once, as in "Bit Twiddling Hacks": the top bit of each byte is what is asked about
// that byte. A subtraction borrows from the next byte only above one that is reported anyway.
using Word = std::uint64_t;
constexpr Word kOnes = 0x0101010101010101;
constexpr Word kTops = 0x8080808080808080;

Word load(const char* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

bool has_non_ascii(Word word) {
    return (word & kTops) != 0;
}

bool needs_escapes(Word word) {
    const Word quote = word ^ (kOnes * '"');
    const Word backslash = word ^ (kOnes * '\\');
    const Word found = ((word - kOnes * ' ') & ~word) | ((quote - kOnes) & ~quote) |
                       ((backslash - kOnes) & ~backslash);
    return (found & kTops) != 0;
}

struct Look {
    bool is_ascii = true;
    bool is_plain = true;  // no byte needs an escape
};

Look look_at(std::string_view text) {
    Word all = 0;
    bool is_plain = true;
    std::size_t at = 0;
    for (; at + sizeof(Word) <= text.size(); at += sizeof(Word)) {
        const Word word = load(text.data() + at);
        all |= word;
        is_plain = is_plain && !needs_escapes(word);
    }
    for (; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        all |= byte;
        is_plain = is_plain && escape_of(text[at]) == 0;
    }
    return {!has_non_ascii(all), is_plain};
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

// Between the quotes; clean runs are appended as a whole.
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

// text between quotes, growing out once.
void append_quoted(std::string& out, std::string_view text) {
    const std::size_t old_size = out.size();
    const std::size_t new_size = old_size + text.size() + 2;
    out.resize_and_overwrite(new_size, [&](char* at, std::size_t) {
        at[old_size] = '"';
        text.copy(at + old_size + 1, text.size());
        at[new_size - 1] = '"';
        return new_size;
    });
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
    const Look look = look_at(text);
    if (!look.is_ascii && !base::is_utf8(text)) return append_string(out, base::to_utf8(text));
    if (look.is_plain) return append_quoted(out, text);
    out.push_back('"');
    append_escaped(out, text);
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
    out_.append(trusted).append("\":", 2);
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
