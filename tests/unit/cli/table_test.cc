// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "cli/table.h"

#include <doctest/doctest.h>

using namespace gw;
using cli::table;

TEST_CASE("table: columns are aligned, and an empty last cell leaves no blanks") {
    CHECK(table({"A", "B", "C"}, {{"one", "2", ""}, {"1", "two", "x"}}, {}) ==
          "A    B    C\n"
          "one  2\n"
          "1    two  x\n");
}

TEST_CASE("table: letters of East Asia and emoji take two columns, what is combined none") {
    CHECK(cli::display_width("Böb") == 3);
    CHECK(cli::display_width("日本🎉") == 6);
    CHECK(cli::display_width("e\u0301\u200b") == 1);
    CHECK(table({"A", "B"}, {{"日本", "x"}, {"ab", "y"}}, {}) ==
          "A     B\n"
          "日本  x\n"
          "ab    y\n");
}

TEST_CASE("table: what strangers wrote stays on its line and steers no terminal") {
    CHECK(table({"A"}, {{"a\nb\t\x1b[31m\x7f"}}, {}) == "A\na↵b\\x09\\x1b[31m\\x7f\n");
    CHECK(table({"A", "B"}, {{"\x1b]0;x\a", "y"}}, {}) ==
          "A             B\n"
          "\\x1b]0;x\\x07  y\n");
}

TEST_CASE("table: a last column that is too long goes on below itself, three lines at most") {
    const cli::Look look{.width = 16, .has_color = false};
    CHECK(table({"A", "WHY"}, {{"1", "no such nick"}}, look) ==
          "A  WHY\n"
          "1  no such nick\n");
    CHECK(table({"A", "WHY"}, {{"1", "connection lost: reset"}}, look) ==
          "A  WHY\n"
          "1  connection\n"
          "   lost: reset\n");
    CHECK(table({"A", "WHY"}, {{"1", "one two three four five six seven eight"}}, look) ==
          "A  WHY\n"
          "1  one two three\n"
          "   four five six\n"
          "   seven eight\n");
    CHECK(table({"A", "WHY"}, {{"1", "aaaaaaaaaaaaabbbbbbbbbbbbbccccccccccccccc"}}, look) ==
          "A  WHY\n"
          "1  aaaaaaaaaaaaa\n"
          "   bbbbbbbbbbbbb\n"
          "   cccccccccccc…\n");
    CHECK(table({"A", "WHY"}, {{"1", "日本語日本語日本語"}}, look) ==
          "A  WHY\n"
          "1  日本語日本語\n"
          "   日本語\n");
}
