// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/utf8.h"

#include <doctest/doctest.h>

#include <string>

namespace gw::base {
namespace {

constexpr std::string_view kMixed = "a\u00e9\u20ac\U0001F600";  // 1, 2, 3 and 4 bytes

TEST_CASE("utf8: overlong forms, surrogates, too high and cut sequences are invalid") {
    CHECK(is_utf8(""));
    CHECK(is_utf8(kMixed));
    CHECK(is_utf8("\xF4\x8F\xBF\xBF"));
    for (const std::string_view bad :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98"}) {
        CAPTURE(std::string(bad));
        CHECK_FALSE(is_utf8(bad));
        CHECK(utf8_sequence(bad) == 0);
    }
}

TEST_CASE("utf8: the first sequence is as long as its lead byte says") {
    CHECK(utf8_sequence(kMixed) == 1);
    CHECK(utf8_sequence(kMixed.substr(1)) == 2);
    CHECK(utf8_sequence(kMixed.substr(3)) == 3);
    CHECK(utf8_sequence(kMixed.substr(6)) == 4);
    CHECK(utf8_sequence("") == 0);
}

TEST_CASE("utf8: both validators agree about every pair of bytes") {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second)};
            const std::size_t length = utf8_sequence(text);
            const bool is_valid =
                length == 2 || (length == 1 && utf8_sequence(text.substr(1)) == 1);
            REQUIRE(is_utf8(text) == is_valid);
        }
    }
}

TEST_CASE("utf8: the first code point, of each length") {
    CHECK(utf8_first("a\u00e4") == U'a');
    CHECK(utf8_first("\u00e4a") == U'\u00e4');
    CHECK(utf8_first("\u20aca") == U'\u20ac');
    CHECK(utf8_first("\U0001f600a") == U'\U0001f600');
}

TEST_CASE("utf8: a prefix never cuts a code point") {
    CHECK(utf8_prefix(kMixed, 100) == kMixed);
    CHECK(utf8_prefix(kMixed, 10) == kMixed);
    CHECK(utf8_prefix(kMixed, 9) == kMixed.substr(0, 6));
    CHECK(utf8_prefix(kMixed, 6) == kMixed.substr(0, 6));
    CHECK(utf8_prefix(kMixed, 5) == kMixed.substr(0, 3));
    CHECK(utf8_prefix(kMixed, 2) == "a");
    CHECK(utf8_prefix(kMixed, 0) == "");
    CHECK(utf8_prefix("\u20ac", 2) == "");
}

TEST_CASE("utf8: every byte that belongs nowhere becomes a replacement character") {
    CHECK(to_utf8(kMixed) == kMixed);
    CHECK(to_utf8("a\xFFz") == "a\uFFFDz");
    CHECK(to_utf8("\xE2\x82") == "\uFFFD\uFFFD");
    CHECK(to_utf8("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");
    CHECK(to_utf8("\xC3\xA9\xC3") == "\u00e9\uFFFD");
}

}  // namespace
}  // namespace gw::base
