#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// A JSON text parsed for a test. The value lives as long as the object.

#include <string_view>

#include <doctest/doctest.h>

#include "base/json.h"

namespace gw::test {

class Parsed {
  public:
    explicit Parsed(std::string_view text) {
        auto parsed = parser_.parse(text);
        REQUIRE_MESSAGE(parsed.has_value(), text);
        value_ = *parsed;
    }
    [[nodiscard]] json::Value value() const { return value_; }

  private:
    json::Parser parser_;
    json::Value value_;
};

}  // namespace gw::test
