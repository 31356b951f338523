#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// A walk over a JSON5 text, code point by code point, that knows its line and column. Used by
// base/json5*.cc only.

#include "base/json5.h"
#include "base/result.h"

#include <cstddef>
#include <string_view>

namespace gw::json5 {

// U+0000 to U+10FFFF, or this at the end of the text.
inline constexpr char32_t kEnd = 0xFFFFFFFF;

class Cursor {
  public:
    // text is valid UTF-8 and outlives the cursor.
    explicit Cursor(std::string_view text) : text_(text) {}

    [[nodiscard]] char32_t peek() const;
    // The code point at peek(), stepping over it.
    char32_t take();
    // Steps over c when it is next.
    bool take_if(char32_t c);
    // Steps over CR, LF, CR LF, LS or PS when one is next.
    bool take_line_end();

    // Blanks, line ends and comments.
    Result<void> skip_blank();

    [[nodiscard]] Position position() const { return position_; }
    [[nodiscard]] std::size_t offset() const { return offset_; }
    [[nodiscard]] std::string_view since(std::size_t offset) const {
        return text_.substr(offset, offset_ - offset);
    }

  private:
    void skip_line_comment();
    Result<void> skip_block_comment(Position start);

    std::string_view text_;
    std::size_t offset_ = 0;
    Position position_;
};

// CR, LF, LS (U+2028), PS (U+2029).
bool is_line_end(char32_t c);

// "line 3, column 7: message"
std::unexpected<Error> refuse(Position at, std::string_view message);
std::string to_text(Position at);

}  // namespace gw::json5
