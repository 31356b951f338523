// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "cli/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/utf8.h"

namespace gw::cli {

namespace {

std::string cut(std::string_view text, std::size_t width) {
    if (width == 0 || base::utf8_length(text) <= width) return std::string(text);
    std::size_t bytes = 0;
    for (std::size_t points = 0; bytes < text.size(); ++bytes) {
        const bool begins = (static_cast<unsigned char>(text[bytes]) & 0xc0) != 0x80;
        if (begins && points++ == width - 1) break;
    }
    return std::string(text.substr(0, bytes)) + "…";
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

std::string table(const std::vector<std::string>& headings,
                  const std::vector<std::vector<Cell>>& rows, const Look& look) {
    std::vector<std::size_t> widths;
    for (const std::string& heading : headings)
        widths.push_back(base::utf8_length(heading));
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
            widths[i] = std::max(widths[i], base::utf8_length(row[i].text));
        }
    }
    std::string out;
    const auto add_line = [&](const std::vector<Cell>& cells) {
        std::size_t used = 0;
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const bool is_last = i + 1 == cells.size();
            const std::size_t left = look.width > used ? look.width - used : 1;
            const std::string text =
                is_last && look.width > 0 ? cut(cells[i].text, left) : cells[i].text;
            line += paint(text, cells[i].tone, look);
            if (is_last) break;
            line.append(widths[i] - base::utf8_length(text) + 2, ' ');
            used += widths[i] + 2;
        }
        // Blanks behind an empty last cell would only be noise.
        while (line.ends_with(' '))
            line.pop_back();
        out += line + '\n';
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
