// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/typing.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gw;
using namespace gw::channels;

namespace {

struct Fixture {
    std::unique_ptr<loop::Loop> loop = std::move(*loop::Loop::create());
    std::vector<Conversation> shown;
    Typing typing{*loop, [this](const Conversation& where) { shown.push_back(where); }};
};

const Conversation kAnn{.channel = "echo", .account = "default", .peer = "ann", .thread = ""};

}  // namespace

TEST_CASE("typing: is shown when the first answer of a conversation begins") {
    Fixture f;
    f.typing.begin_typing(kAnn);
    f.typing.begin_typing(kAnn);
    CHECK(f.shown == std::vector<Conversation>{kAnn});
    f.typing.end_typing(kAnn);
    f.typing.end_typing(kAnn);
    f.typing.end_typing(kAnn);  // one too many does no harm
    f.typing.begin_typing(kAnn);
    CHECK(f.shown.size() == 2);
}

TEST_CASE("typing: conversations beyond the bound go without") {
    Fixture f;
    for (std::size_t i = 0; i < Typing::kMaxConversations + 5; ++i) {
        Conversation one = kAnn;
        one.peer = std::to_string(i);
        f.typing.begin_typing(one);
    }
    CHECK(f.shown.size() == Typing::kMaxConversations);
}
