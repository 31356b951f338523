// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/ids.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace gw::base {
namespace {

bool is_uuid(const std::string& text, char version) {
    if (text.size() != 36 || text[14] != version) return false;
    if (std::string("89ab").find(text[19]) == std::string::npos) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash != (text[i] == '-')) return false;
        if (!is_dash && std::string("0123456789abcdef").find(text[i]) == std::string::npos)
            return false;
    }
    return true;
}

TEST_CASE("ids: a random UUID says version 4 and does not repeat") {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = new_uuid();
        REQUIRE(is_uuid(id, '4'));
        REQUIRE(seen.insert(id).second);
    }
}

TEST_CASE("ids: a time-ordered UUID starts with its milliseconds") {
    const std::string id = new_time_ordered_uuid(0x018bcfe56800);
    CHECK(is_uuid(id, '7'));
    CHECK(id.starts_with("018bcfe5-6800-7"));
    CHECK(new_time_ordered_uuid(1) < new_time_ordered_uuid(2));
    CHECK(new_time_ordered_uuid(0xffffff) < new_time_ordered_uuid(0x1000000));
    CHECK(new_time_ordered_uuid(5) != new_time_ordered_uuid(5));
}

}  // namespace
}  // namespace gw::base
