#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// StyledText: a text and which parts of it look how. What Markdown is read into, and what each
// network's markup is written from.

#include <cstddef>
#include <string>
#include <vector>

namespace gw::text {

enum class Style { bold, italic, strike, code, pre, link };

struct Span {
    Style style = Style::bold;
    std::size_t begin = 0;  // bytes
    std::size_t end = 0;
    std::string detail = {};  // of a link its URL, of pre its language or nothing

    bool operator==(const Span&) const = default;
};

// Spans are properly nested, none is empty; sorted by where they begin, the outer one first.
struct StyledText {
    std::string text;
    std::vector<Span> spans;

    bool operator==(const StyledText&) const = default;
};

}  // namespace gw::text
