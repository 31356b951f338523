#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// JSON5 (spec.json5.org) as people write configuration: comments, trailing commas, unquoted keys,
// single quotes, hexadecimal, line continuations. Every error says line and column.
//
// Narrower than the specification in two points: Infinity and NaN are refused, since no setting can
// use them and json::Value holds finite numbers only; and so are duplicate keys, which are
// mistakes.

#include "base/json.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gw::json5 {

struct Position {
    std::uint32_t line = 1;    // from 1
    std::uint32_t column = 1;  // from 1, in code points
};

class Document {
  public:
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    [[nodiscard]] json::Value root() const;

    // Where the member or element at path stands; path is written like gateway.auth.token or
    // bindings[2].agentId, as our messages write it. The root's position for an unknown path.
    [[nodiscard]] Position position(std::string_view path) const;

  private:
    friend Result<Document> parse(std::string_view text);
    struct State;
    explicit Document(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Refuses what the grammar refuses, duplicate keys, nesting deeper than 64, invalid UTF-8:
// Errc::invalid_input, message "line 3, column 7: expected ',' or '}' after a value".
Result<Document> parse(std::string_view text);

}  // namespace gw::json5
