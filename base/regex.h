#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Regex: a regular expression of an operator's, matched against what strangers write. RE2
// underneath: its time grows with the text and never with the cunning of the pattern, its memory is
// bounded. It knows no look-around and no back-references. A value; never changes once compiled.

#include <memory>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace gw::base {

class Regex {
  public:
    static constexpr std::size_t kMaxPatternBytes = 1024;

    // Case is ignored. Errc::invalid_input says what is wrong with the pattern.
    static Result<Regex> compile(std::string_view pattern);

    // Anywhere in text, which is UTF-8.
    [[nodiscard]] bool is_in(std::string_view text) const;
    [[nodiscard]] std::string_view pattern() const;

  private:
    explicit Regex(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

    std::shared_ptr<const re2::RE2> compiled_;  // shared: copies of a configuration are the same
};

}  // namespace gw::base
