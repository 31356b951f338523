// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/json5_cursor.h"

#include "base/utf8.h"

#include <string>

namespace gw::json5 {

namespace {

constexpr char32_t kLineSeparator = 0x2028;
constexpr char32_t kParagraphSeparator = 0x2029;

// WhiteSpace of spec.json5.org: ASCII's, the byte order mark and Unicode's category Zs.
bool is_blank(char32_t c) {
    if (c == ' ' || (c >= '\t' && c <= '\r' && c != '\n' && c != '\r')) return true;
    if (c < 0x80) return false;
    return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
           c == 0x3000 || c == 0xFEFF;
}

char32_t decode(std::string_view sequence) {
    const auto byte = [sequence](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(sequence[i]));
    };
    const auto tail = [byte](std::size_t i) { return byte(i) & 0x3F; };
    switch (sequence.size()) {
        case 1: return byte(0);
        case 2: return (byte(0) & 0x1F) << 6 | tail(1);
        case 3: return (byte(0) & 0x0F) << 12 | tail(1) << 6 | tail(2);
        default: return (byte(0) & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3);
    }
}

}  // namespace

char32_t Cursor::peek() const {
    const std::string_view rest = text_.substr(offset_);
    return rest.empty() ? kEnd : decode(rest.substr(0, base::utf8_sequence(rest)));
}

char32_t Cursor::take() {
    const char32_t c = peek();
    if (c == kEnd) return c;
    offset_ += base::utf8_sequence(text_.substr(offset_));
    // Lines as editors count them: CR LF ends one, and LS and PS end none.
    const bool ends_line = c == '\n' || (c == '\r' && peek() != '\n');
    if (ends_line) {
        ++position_.line;
        position_.column = 1;
    } else {
        ++position_.column;
    }
    return c;
}

bool Cursor::take_if(char32_t c) {
    if (peek() != c) return false;
    take();
    return true;
}

bool Cursor::take_line_end() {
    if (!is_line_end(peek())) return false;
    if (take() == '\r') take_if('\n');
    return true;
}

Result<void> Cursor::skip_blank() {
    for (;;) {
        const Position start = position_;
        if (is_blank(peek()) || is_line_end(peek())) {
            take();
        } else if (take_if('/')) {
            if (take_if('/'))
                skip_line_comment();
            else if (take_if('*'))
                TRY_VOID(skip_block_comment(start));
            else
                return refuse(start, "expected '/' or '*' after '/' to begin a comment");
        } else {
            return {};
        }
    }
}

void Cursor::skip_line_comment() {
    while (peek() != kEnd && !is_line_end(peek()))
        take();
}

Result<void> Cursor::skip_block_comment(Position start) {
    while (peek() != kEnd)
        if (take() == '*' && take_if('/')) return {};
    return refuse(start, "this comment has no end: expected '*/'");
}

bool is_line_end(char32_t c) {
    return c == '\n' || c == '\r' || c == kLineSeparator || c == kParagraphSeparator;
}

std::string to_text(Position at) {
    return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column);
}

std::unexpected<Error> refuse(Position at, std::string_view message) {
    return std::unexpected(Error{Errc::invalid_input, std::string(message)}.in(to_text(at)));
}

}  // namespace gw::json5
