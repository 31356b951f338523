// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "cli/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/printable.h"
#include "base/utf8.h"

namespace gw::cli {

namespace {

constexpr std::size_t kFolds = 3;
constexpr std::size_t kNarrow = 6;  // folded to less, nobody would read it

// The first letter of text, which is not empty.
std::string_view first_of(std::string_view text) {
    return text.substr(0, std::max<std::size_t>(base::utf8_sequence(text), 1));
}

// A cell is one line, in which line ends show.
std::string line_of(std::string_view text) {
    std::string out;
    for (const char c : text)
        c == '\n' ? out.append("↵") : out.append(1, c);
    return base::printable(out);
}

std::size_t width_of(char32_t point) {
    struct Range {
        char32_t first;
        char32_t last;
    };
    // Unicode's EastAsianWidth.txt, roughly: W and F.
    constexpr Range kWide[] = {{0x1100, 0x115f},   {0x231a, 0x231b},   {0x2e80, 0x303e},
                               {0x3041, 0xa4cf},   {0xa960, 0xa97c},   {0xac00, 0xd7a3},
                               {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
                               {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
                               {0x1f900, 0x1faff}, {0x20000, 0x3fffd}};
    constexpr Range kNone[] = {{0x300, 0x36f},   {0x200b, 0x200f},   {0x20d0, 0x20ff},
                               {0xfe00, 0xfe0f}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef}};
    const auto holds = [point](Range range) { return point >= range.first && point <= range.last; };
    if (std::ranges::any_of(kNone, holds)) return 0;
    return std::ranges::any_of(kWide, holds) ? 2 : 1;
}

// The bytes of text that fit, up to the last blank among them where there is one.
std::size_t fitting(std::string_view text, std::size_t width) {
    std::size_t bytes = 0;
    std::size_t used = 0;
    std::size_t blank = std::string_view::npos;
    while (bytes < text.size()) {
        const std::string_view letter = first_of(text.substr(bytes));
        if (letter == " ") blank = bytes;
        used += width_of(base::utf8_first(letter));
        if (used > width) return blank == std::string_view::npos || blank == 0 ? bytes : blank;
        bytes += letter.size();
    }
    return bytes;
}

std::vector<std::string> fold(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    while (display_width(text) > width) {
        if (lines.size() + 1 == kFolds) {
            lines.push_back(std::string(text.substr(0, fitting(text, width - 1))) + "…");
            return lines;
        }
        const std::size_t bytes = std::max(fitting(text, width), first_of(text).size());
        lines.emplace_back(text.substr(0, bytes));
        text.remove_prefix(bytes);
        if (text.starts_with(' ')) text.remove_prefix(1);
    }
    lines.emplace_back(text);
    return lines;
}

std::string_view code_of(Tone tone) {
    switch (tone) {
        case Tone::plain: return "";
        case Tone::good: return "\x1b[32m";
        case Tone::bad: return "\x1b[31m";
        case Tone::dim: return "\x1b[2m";
    }
    return "";
}

}  // namespace

Look look_of_stdout() {
    Look look{0, false};
    if (::isatty(STDOUT_FILENO) == 0) return look;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) look.width = size.ws_col;
    look.has_color = std::getenv("NO_COLOR") == nullptr;
    return look;
}

std::string paint(std::string_view text, Tone tone, const Look& look) {
    if (!look.has_color || tone == Tone::plain) return std::string(text);
    return std::string(code_of(tone)) + std::string(text) + "\x1b[0m";
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const std::string_view letter = first_of(text);
        width += width_of(base::utf8_first(letter));
        text.remove_prefix(letter.size());
    }
    return width;
}

std::string table(const std::vector<std::string>& headings,
                  const std::vector<std::vector<Cell>>& rows, const Look& look) {
    std::vector<std::size_t> widths;
    for (const std::string& heading : headings)
        widths.push_back(display_width(heading));
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(line_of(row[i].text)));
        }
    }
    std::string out;
    const auto add_line = [&](const std::vector<Cell>& cells) {
        std::size_t used = 0;
        std::string line;
        for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
            const std::string text = line_of(cells[i].text);
            line += paint(text, cells[i].tone, look);
            line.append(widths[i] - display_width(text) + 2, ' ');
            used += widths[i] + 2;
        }
        std::size_t left = std::string::npos;
        if (look.width > 0) left = std::max(look.width > used ? look.width - used : 0, kNarrow);
        for (const std::string& text : fold(line_of(cells.back().text), left)) {
            line += paint(text, cells.back().tone, look);
            // Blanks behind an empty last cell would only be noise.
            while (line.ends_with(' '))
                line.pop_back();
            out += line + '\n';
            line.assign(used, ' ');
        }
    };
    std::vector<Cell> top;
    for (const std::string& heading : headings)
        top.emplace_back(heading, Tone::dim);
    add_line(top);
    for (const auto& row : rows)
        add_line(row);
    return out;
}

std::string age(std::int64_t milliseconds) {
    const std::int64_t seconds = std::max<std::int64_t>(milliseconds, 0) / 1000;
    if (seconds < 60) return std::to_string(seconds) + " s";
    if (seconds < 3600) return std::to_string(seconds / 60) + " min";
    if (seconds < 48 * 3600) return std::to_string(seconds / 3600) + " h";
    return std::to_string(seconds / 86400) + " d";
}

}  // namespace gw::cli
