#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Text in columns for people. Pure: the width and whether to colour come in.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gw::cli {

enum class Tone { plain, good, bad, dim };

struct Cell {
    Cell(std::string t, Tone how = Tone::plain) : text(std::move(t)), tone(how) {}  // NOLINT
    Cell(const char* t) : text(t) {}                                                // NOLINT
    std::string text;
    Tone tone = Tone::plain;
};

struct Look {
    std::size_t width = 80;  // of the terminal; 0: no limit
    bool has_color = false;
};

// The terminal standard output is, or a plain file's look.
Look look_of_stdout();

std::string paint(std::string_view text, Tone tone, const Look& look);

// Columns that a terminal takes for it: two for a letter of East Asia or an emoji, none for what
// only changes the letter before. text is valid UTF-8.
std::size_t display_width(std::string_view text);

// Headings and rows with columns aligned, two blanks apart; every cell is one printable line
// (base/printable.h), its line ends as ↵. Where the line
// would be longer than the terminal the last column goes on below itself, and is cut with … behind
// its third line.
std::string table(const std::vector<std::string>& headings,
                  const std::vector<std::vector<Cell>>& rows, const Look& look);

// "3 s", "12 min", "4 h", "9 d"
std::string age(std::int64_t milliseconds);

}  // namespace gw::cli
