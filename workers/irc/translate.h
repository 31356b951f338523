#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The text of IRC (RFC 1459, RFC 2812; message tags as in IRCv3): parsing, splitting, folding. Pure
// functions; what comes from a server is foreign and may hold anything.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gw::irc {

// One line without its CR LF. The views point into the line.
//
//   line = ["@" tags SP] [":" prefix SP] command *(SP middle) [SP ":" trailing]
struct Line {
    std::string_view tags;    // see tags.h; empty when absent
    std::string_view prefix;  // nick!user@host or a server's name; empty when absent
    std::string_view command;
    std::vector<std::string_view> params;

    // The parameter, or nothing where there are fewer.
    [[nodiscard]] std::string_view param(std::size_t index) const {
        return index < params.size() ? params[index] : std::string_view();
    }
};
// Nothing for lines without a command.
std::optional<Line> parse_line(std::string_view line);

// What a server says for people: the last parameter, as UTF-8.
std::string last_words(const Line& line);

// The nick of nick!user@host; nothing for a server's name.
std::optional<std::string_view> find_nick(std::string_view prefix);

// How a server compares names (ISUPPORT CASEMAPPING).
enum class CaseMapping { ascii, rfc1459, strict_rfc1459 };
std::string fold(std::string_view name, CaseMapping mapping);

// What channels begin with where the server does not say otherwise (ISUPPORT CHANTYPES).
inline constexpr std::string_view kUsualChannelTypes = "#&";

bool is_channel(std::string_view name, std::string_view channel_types);

// A name that can be put on a line as one word: no blanks, commas or control characters, no colon
// in front.
bool is_word(std::string_view name);

// What RFC 2812 §2.3.1 lets a nick be; bytes above ASCII too, since servers exist that do.
bool is_nick(std::string_view name);

// Whether somebody may be spoken to: a nick, or a channel. No mask, no user@host, no list.
bool is_target(std::string_view name, std::string_view channel_types = kUsualChannelTypes);

// The nick to try next when tries others were refused: a tail, or, where the server takes none that
// is longer (NICKLEN is not known that early), another last character. Nothing when there is none
// left.
enum class NickRoom { may_grow, as_long_as_wanted };
std::optional<std::string> find_other_nick(std::string_view wanted, std::size_t tries,
                                           NickRoom room);

// The text of a message; "* nick waves" for an action; nothing for other CTCP requests.
std::optional<std::string> find_said(std::string_view body, std::string_view nick);

// Bytes as UTF-8: valid UTF-8 as it is, anything else read as Windows-1252. Control characters of
// colour and style are taken out.
std::string to_utf8(std::string_view bytes);

// Whether the text addresses nick: the nick as a word of its own, anywhere. A leading "nick:" or
// "nick," is taken off the text.
struct Address {
    bool is_addressed = false;
    std::string text;
};
Address find_address(std::string_view text, std::string_view nick, CaseMapping mapping);

// The lines that carry text: at its line breaks and so that none is longer than max_bytes, at
// blanks where there are any, never inside a code point. Empty lines are left out; NUL and CR never
// appear, nor does the mark of CTCP, which would make a client act on text.
std::vector<std::string> split_text(std::string_view text, std::size_t max_bytes);

}  // namespace gw::irc
