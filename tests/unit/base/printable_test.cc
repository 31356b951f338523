// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/printable.h"

#include <doctest/doctest.h>

using namespace gw::base;

TEST_CASE("printable: what steers a terminal becomes letters") {
    CHECK(printable("a\nb\t\x1b[31m\x7f") == "a\\x0ab\\x09\\x1b[31m\\x7f");
    CHECK(printable("\u009b2J") == "\\x9b2J");      // C1: CSI in one letter
    CHECK(printable("\u202egpj") == "\\x202egpj");  // written backwards
    CHECK(printable("a\xff\x1b") == "a\uFFFD\\x1b");
    CHECK(printable("a\n\tb\x1b[2J", Lines::several) == "a\n\tb\\x1b[2J");
}

TEST_CASE("printable: everything else is as it was") {
    for (const char* text : {"", "two words", "B\u00f6b \u65e5\u672c \U0001f389"}) {
        CHECK(is_printable(text));
        CHECK(printable(text) == text);
    }
    CHECK_FALSE(is_printable("a\n"));
    CHECK(is_printable("a\n", Lines::several));
    CHECK_FALSE(is_printable("\xff"));
}
