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

// Headings and rows with columns aligned, two blanks apart. The last column is cut with … where the
// line would be longer than the terminal.
std::string table(const std::vector<std::string>& headings,
                  const std::vector<std::vector<Cell>>& rows, const Look& look);

// "3 s", "12 min", "4 h", "9 d"
std::string age(std::int64_t milliseconds);

}  // namespace gw::cli
