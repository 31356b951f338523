// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/sessions/transcript.h"

#include <doctest/doctest.h>

#include "base/json.h"

using namespace gw;

TEST_CASE("transcript: a user's line is its text and its time") {
    CHECK(sessions::user_message("say \"hi\"", 5) ==
          R"({"role":"user","content":[{"type":"text","text":"say \"hi\""}],"timestamp":5})");
}

TEST_CASE("transcript: a notice of the gateway's own is an injected line") {
    json::Parser parser;
    const auto line = parser.parse(sessions::notice_message("[gap]", 7));
    REQUIRE(line);
    CHECK(line->find("role")->string() == "assistant");
    CHECK(line->find("content")->element(0).find("text")->string() == "[gap]");
    CHECK(line->find("stopReason")->string() == "injected");
    CHECK(line->find("timestamp")->integer() == 7);
}

TEST_CASE("transcript: an assistant's line names its maker and costs nothing") {
    json::Parser parser;
    const auto line =
        parser.parse(sessions::assistant_message("hello", sessions::kBuiltinAuthor, 7));
    REQUIRE(line);
    CHECK(line->find("role")->string() == "assistant");
    CHECK(line->find("content")->element(0).find("text")->string() == "hello");
    CHECK(line->find("provider")->string() == "gatewayd");
    CHECK(line->find("usage")->find("totalTokens")->integer() == 0);
    CHECK(line->find("usage")->find("cost")->find("total")->integer() == 0);
    CHECK(line->find("stopReason")->string() == "stop");
    CHECK(line->find("timestamp")->integer() == 7);
}
