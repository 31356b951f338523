// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/agents/responder.h"

#include <doctest/doctest.h>

#include "base/utf8.h"
#include "gatewayd/agents/rate_limit.h"

using namespace gw;
using namespace gw::agents;
using namespace std::chrono_literals;

TEST_CASE("responder: says what it is and repeats what was said") {
    CHECK(builtin_answer(" ping\n") ==
          "No model is configured, so this is gatewayd's built-in responder. You said: ping");
}

TEST_CASE("responder: quotes a long text in part and never half a character") {
    std::string text = "a";
    for (int i = 0; i < 1000; ++i)
        text += "é";
    const std::string answer = builtin_answer(text);
    CHECK(answer.size() < 400);
    CHECK(answer.ends_with("…"));
    CHECK(base::is_utf8(answer));
}

TEST_CASE("rate limit: a session has so many turns in a window, and others their own") {
    RateLimit limit(3, 60s);
    base::SteadyTime now{1h};
    for (int i = 0; i < 3; ++i)
        CHECK(limit.admit("a", now));
    CHECK_FALSE(limit.admit("a", now + 59s));
    CHECK(limit.admit("b", now));
    CHECK(limit.admit("a", now + 60s));
}

TEST_CASE("rate limit: refused turns are not counted") {
    RateLimit limit(1, 60s);
    base::SteadyTime now{1h};
    CHECK(limit.admit("a", now));
    for (int i = 1; i < 60; ++i)
        CHECK_FALSE(limit.admit("a", now + std::chrono::seconds(i)));
    CHECK(limit.admit("a", now + 60s));
}
