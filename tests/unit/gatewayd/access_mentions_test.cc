// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/access/mentions.h"

#include <doctest/doctest.h>

#include <string>

using namespace gw;
using namespace gw::access;

namespace {

std::vector<base::Regex> patterns(std::initializer_list<const char*> texts) {
    std::vector<base::Regex> all;
    for (const char* text : texts) {
        auto one = base::Regex::compile(text);
        REQUIRE(one);
        all.push_back(*one);
    }
    return all;
}

}  // namespace

TEST_CASE("mentions: a pattern is found in any case and anywhere") {
    const auto all = patterns({R"(\bbot\b)", "^hey robot"});
    CHECK(is_mentioned(all, "well, BOT, what now"));
    CHECK(is_mentioned(all, "Hey Robot"));
    CHECK_FALSE(is_mentioned(all, "a bottle"));
    CHECK_FALSE(is_mentioned(all, "oh, hey robot"));
    CHECK_FALSE(is_mentioned({}, "bot"));
}

TEST_CASE("mentions: marks that nobody sees do not hide a name") {
    const auto all = patterns({"robot"});
    CHECK(is_mentioned(all, "ro\xE2\x80\x8B\x62ot"));
    CHECK(is_mentioned(all, "\xEF\xBB\xBFrob\xE2\x81\xA0ot"));
    CHECK_FALSE(is_mentioned(all, "ro\xE2\x80\xA6\x62ot"));  // an ellipsis is seen
}

TEST_CASE("mentions: only the beginning of a long text is searched") {
    const auto all = patterns({"robot"});
    CHECK(is_mentioned(all, "robot" + std::string(kSearchedBytes, 'x')));
    CHECK_FALSE(is_mentioned(all, std::string(kSearchedBytes, 'x') + "robot"));
}

TEST_CASE("mentions: a cunning pattern takes no more time than others") {
    const auto all = patterns({"(a+)+$"});
    CHECK_FALSE(is_mentioned(all, std::string(kSearchedBytes - 1, 'a') + "b"));
}
