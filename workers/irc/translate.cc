// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/translate.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace gw::irc {

namespace {

constexpr char kCtcp = '\x01';
constexpr std::size_t kMaxWord = 200;

// Windows-1252 from 0x80 to 0x9f; 0 where it has nothing.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

std::string_view take_word(std::string_view& rest) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return word;
}

void append_code_point(std::string& out, std::uint32_t c) {
    if (c < 0x80) {
        out.push_back(static_cast<char>(c));
    } else if (c < 0x800) {
        out.push_back(static_cast<char>(0xc0 | c >> 6));
        out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
    } else {
        out.push_back(static_cast<char>(0xe0 | c >> 12));
        out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
        out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
    }
}

std::string from_windows_1252(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        const auto c = static_cast<unsigned char>(byte);
        const bool is_special = c >= 0x80 && c < 0xa0;
        const std::uint32_t mapped = is_special ? kWindows1252[c - 0x80U] : c;
        append_code_point(out, mapped == 0 ? 0xfffdU : mapped);
    }
    return out;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes out what clients send to colour and shape text: ^B ^] ^_ ^V ^O ^^ and ^C with its numbers.
std::string without_formatting(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\x03') {
            int digits = 0;
            for (; digits < 2 && i + 1 < text.size() && is_digit(text[i + 1]); ++digits)
                ++i;
            // Only a colour in front makes a comma the beginning of another.
            if (digits > 0 && i + 2 < text.size() && text[i + 1] == ',' && is_digit(text[i + 2])) {
                i += 2;
                if (i + 1 < text.size() && is_digit(text[i + 1])) ++i;
            }
            continue;
        }
        const bool is_control = static_cast<unsigned char>(c) < 0x20 && c != '\t';
        if (!is_control && c != '\x7f') out.push_back(c);
    }
    return out;
}

bool is_word_character(char c) {
    const auto u = static_cast<unsigned char>(c);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || u >= 0x80 ||
           std::string_view("_-[]\\`^{}|").find(c) != std::string_view::npos;
}

std::string_view trim_left(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

// The end of the first piece: at most max_bytes, preferably at a blank in its later half.
std::size_t piece_end(std::string_view line, std::size_t max_bytes) {
    const std::string_view longest = base::utf8_prefix(line, max_bytes);
    if (longest.size() == line.size()) return line.size();
    if (!longest.empty() && line[longest.size()] == ' ') return longest.size();
    const std::size_t blank = longest.rfind(' ');
    if (blank != std::string_view::npos && blank > longest.size() / 2) return blank;
    // A limit below one code point's size would give nothing: then the code point goes whole.
    if (!longest.empty()) return longest.size();
    std::size_t end = 1;
    while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80)
        ++end;
    return end;
}

}  // namespace

std::optional<Line> parse_line(std::string_view text) {
    Line line;
    if (text.starts_with('@')) line.tags = take_word(text).substr(1);
    if (text.starts_with(':')) line.prefix = take_word(text).substr(1);
    line.command = take_word(text);
    if (line.command.empty()) return std::nullopt;
    while (!text.empty()) {
        if (text.starts_with(':')) {
            line.params.push_back(text.substr(1));
            break;
        }
        line.params.push_back(take_word(text));
    }
    return line;
}

std::string last_words(const Line& line) {
    return line.params.empty() ? std::string() : to_utf8(line.params.back());
}

std::optional<std::string_view> find_nick(std::string_view prefix) {
    const std::size_t end = prefix.find('!');
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    return prefix.substr(0, end);
}

std::string fold(std::string_view name, CaseMapping mapping) {
    std::string out(name);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        } else if (mapping != CaseMapping::ascii) {
            if (c == '[')
                c = '{';
            else if (c == ']')
                c = '}';
            else if (c == '\\')
                c = '|';
            else if (c == '~' && mapping == CaseMapping::rfc1459)
                c = '^';
        }
    }
    return out;
}

bool is_channel(std::string_view name, std::string_view channel_types) {
    return !name.empty() && channel_types.find(name.front()) != std::string_view::npos;
}

bool is_word(std::string_view name) {
    if (name.empty() || name.size() > kMaxWord || name.front() == ':') return false;
    return std::none_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == ',' || c == '\x7f';
    });
}

bool is_nick(std::string_view name) {
    if (!is_word(name) || is_digit(name.front()) || name.front() == '-') return false;
    return std::all_of(name.begin(), name.end(), is_word_character);
}

bool is_target(std::string_view name, std::string_view channel_types) {
    // ^G ends a channel's name in old servers; is_word refuses it with the other control
    // characters.
    return is_nick(name) || (is_channel(name, channel_types) && is_word(name) && name.size() > 1);
}

std::optional<std::string> find_other_nick(std::string_view wanted, std::size_t tries,
                                           NickRoom room) {
    constexpr std::string_view kTails = "_0123456789";
    if (wanted.empty() || tries >= kTails.size()) return std::nullopt;
    if (room == NickRoom::may_grow) return std::string(wanted) + std::string(tries + 1, '_');
    std::string nick(wanted);
    if (nick.size() == 1) return std::nullopt;  // a digit alone is no nick
    nick.back() = kTails[tries];
    return nick;
}

std::optional<std::string> find_said(std::string_view body, std::string_view nick) {
    if (!body.starts_with(kCtcp)) return to_utf8(body);
    body.remove_prefix(1);
    if (body.ends_with(kCtcp)) body.remove_suffix(1);
    constexpr std::string_view kAction = "ACTION ";
    if (!body.starts_with(kAction)) return std::nullopt;
    return "* " + to_utf8(nick) + ' ' + to_utf8(body.substr(kAction.size()));
}

std::string to_utf8(std::string_view bytes) {
    return without_formatting(base::is_utf8(bytes) ? std::string(bytes) : from_windows_1252(bytes));
}

Address find_address(std::string_view text, std::string_view nick, CaseMapping mapping) {
    Address address{false, std::string(text)};
    if (nick.empty()) return address;
    const std::string folded = fold(text, mapping);
    const std::string wanted = fold(nick, mapping);
    for (std::size_t at = folded.find(wanted); at != std::string::npos;
         at = folded.find(wanted, at + 1)) {
        const std::size_t end = at + wanted.size();
        const bool begins = at == 0 || !is_word_character(text[at - 1]);
        const bool ends = end == text.size() || !is_word_character(text[end]);
        if (!begins || !ends) continue;
        address.is_addressed = true;
        if (at == 0 && end < text.size() && (text[end] == ':' || text[end] == ',')) {
            address.text = trim_left(text.substr(end + 1));
        }
        break;
    }
    return address;
}

std::vector<std::string> split_text(std::string_view text, std::size_t max_bytes) {
    std::vector<std::string> pieces;
    std::string clean;
    clean.reserve(text.size());
    for (const char c : text) {
        if (c != '\0' && c != '\r' && c != kCtcp) clean.push_back(c);
    }
    std::string_view rest = clean;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        while (line.find_first_not_of(" \t") != std::string_view::npos) {
            const std::size_t size = piece_end(line, max_bytes);
            pieces.emplace_back(line.substr(0, size));
            line = size < line.size() ? trim_left(line.substr(size)) : std::string_view();
        }
    }
    return pieces;
}

}  // namespace gw::irc
