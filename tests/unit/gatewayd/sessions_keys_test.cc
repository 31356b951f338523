// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/sessions/keys.h"

#include <doctest/doctest.h>

using namespace gw::sessions;

TEST_CASE("session keys: what clients spell becomes the key of the store") {
    CHECK(canonical_key("main", "main") == "agent:main:main");
    CHECK(canonical_key("main", "work") == "agent:work:main");
    CHECK(canonical_key("notes", "main") == "agent:main:notes");
    CHECK(canonical_key("irc:group:#x", "main") == "agent:main:irc:group:#x");
    CHECK(canonical_key("  main ", "main") == "agent:main:main");
    CHECK(canonical_key("", "main") == "agent:main:main");
}

TEST_CASE("session keys: canonical keys stay as they are") {
    for (const char* key : {"global", "unknown", "agent:main:main", "agent:ops:irc:dm:alice"}) {
        CHECK(canonical_key(key, "other") == key);
    }
}

TEST_CASE("session keys: ids are sanitised") {
    CHECK(sanitize_agent_id("Main") == "main");
    CHECK(sanitize_agent_id("my agent!!x") == "my-agent-x");
    CHECK(sanitize_agent_id("--a--") == "a");
    CHECK(sanitize_agent_id("_hidden") == "hidden");
    CHECK(sanitize_agent_id("  ") == "main");
    CHECK(sanitize_agent_id("___") == "main");
    CHECK(sanitize_agent_id(std::string(80, 'a')).size() == 64);
    CHECK(sanitize_account_id("") == "default");
    CHECK(sanitize_account_id("Work Phone") == "work-phone");
}

TEST_CASE("session keys: the scope of direct messages decides the key") {
    const auto key = [](DmScope scope) {
        return direct_key(scope, "main", "irc", "Libera", "Alice");
    };
    CHECK(key(DmScope::main) == "agent:main:main");
    CHECK(key(DmScope::per_peer) == "agent:main:dm:alice");
    CHECK(key(DmScope::per_channel_peer) == "agent:main:irc:dm:alice");
    CHECK(key(DmScope::per_account_channel_peer) == "agent:main:irc:libera:dm:alice");
    CHECK(dm_scope_of("per-account-channel-peer") == DmScope::per_account_channel_peer);
    CHECK(dm_scope_of("nonsense") == DmScope::main);
}

TEST_CASE("session keys: groups and rooms have a key of their own") {
    CHECK(group_key("main", "irc", "channel", "#Ops") == "agent:main:irc:channel:#ops");
    CHECK(group_key("main", "signal", "group", "x1") == "agent:main:signal:group:x1");
}

TEST_CASE("session keys: agent and kind are read from the key") {
    CHECK(agent_of("agent:work:main") == "work");
    CHECK(agent_of("global") == "main");
    CHECK(agent_of("agent:x") == "main");
    CHECK(kind_of("global", "") == Kind::global);
    CHECK(kind_of("unknown", "") == Kind::unknown);
    CHECK(kind_of("agent:main:irc:channel:#ops", "") == Kind::group);
    CHECK(kind_of("agent:main:x", "group") == Kind::group);
    CHECK(kind_of("agent:main:main", "direct") == Kind::direct);
}

TEST_CASE("session keys: a thread has a key of its own, where it is not a conversation anyway") {
    const std::string group = group_key("main", "telegram", "group", "-100");
    CHECK(thread_key(group, "telegram", "") == group);
    CHECK(thread_key(group, "telegram", "7") == "agent:main:telegram:group:-100:topic:7");
    CHECK(thread_key("agent:main:main", "telegram", "7") == "agent:main:main:thread:7");
    CHECK(thread_key("agent:main:slack:channel:c1", "slack", "171.5") ==
          "agent:main:slack:channel:c1:thread:171.5");
    CHECK(thread_key("agent:main:discord:channel:9", "discord", "7") ==
          "agent:main:discord:channel:9");
}
