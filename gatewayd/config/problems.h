#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Problems: what is wrong with a configuration, each with where it stands and what to do.
// Collected, so that the operator sees all of it at once.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gw::config {

struct Problem {
    std::string path;        // gateway.port; empty: the file as a whole
    std::uint32_t line = 0;  // 0: not in the file (environment, command line)
    std::uint32_t column = 0;
    std::string reason;  // a sentence without full stop

    // "gateway.json5:3:7: gateway.port: must be an integer"
    [[nodiscard]] std::string text(std::string_view file) const;
};

// The entry of known that is nearest to word, if it is near enough to have been meant.
std::string_view find_nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace gw::config
