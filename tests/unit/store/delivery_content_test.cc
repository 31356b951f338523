// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/delivery_content.h"

#include <doctest/doctest.h>

using namespace gw;
using namespace gw::store;

TEST_CASE("delivery content: what is written is read again, and nothing is written as nothing") {
    CHECK(content_json({}).empty());
    CHECK(*parse_content("") == DeliveryContent());
    DeliveryContent content;
    content.parse_mode = "HTML";
    content.is_document = true;
    content.is_voice = true;
    CHECK(*parse_content(content_json(content)) == content);
    content = {};
    content.poll = DeliveryPoll{.question = "Lunch \"today\"?",
                                .options = {"yes", "nö"},
                                .max_selections = 2,
                                .duration_s = 86'400,
                                .is_public = true};
    CHECK(*parse_content(content_json(content)) == content);
}

TEST_CASE("delivery content: what we did not write is corrupt, not a message without its poll") {
    for (const char* text : {"{", "[]", "7"}) {
        const auto content = parse_content(text);
        REQUIRE_FALSE(content);
        CHECK(content.error().code == Errc::corrupt);
    }
}
