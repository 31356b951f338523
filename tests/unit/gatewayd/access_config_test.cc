// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <doctest/doctest.h>

#include <string>

#include "gatewayd/config/load.h"

using namespace gw;

namespace {

config::Loaded load_with_token(const std::string& text) {
    config::Overrides overrides;
    overrides.token = "t";
    return config::load_text(text, overrides, {});
}

const config::Account& only(const config::Loaded& loaded) {
    REQUIRE(loaded.problems.empty());
    REQUIRE(loaded.disabled.empty());
    REQUIRE(loaded.config.accounts.size() == 1);
    return loaded.config.accounts[0];
}

}  // namespace

TEST_CASE("access config: groups are a list, or say something each") {
    const auto listed = load_with_token("{channels: {irc: {groups: ['#ops', -7]}}}");
    CHECK(only(listed).groups.size() == 2);
    CHECK(only(listed).groups.contains("-7"));
    const auto mapped = load_with_token(
        "{channels: {telegram: {groups: {'*': {requireMention: false}, '-7': {enabled: false,"
        " allowFrom: [1], skills: [], topics: {'3': {requireMention: true}}}}}}}");
    const auto& groups = only(mapped).groups;
    CHECK(groups.at("*").require_mention == false);
    CHECK_FALSE(groups.at("-7").is_enabled);
    CHECK_FALSE(groups.at("-7").require_mention);
    CHECK(groups.at("-7").allow_from == std::vector<std::string>{"1"});
    CHECK(groups.at("-7").topics.at("3").require_mention == true);
    CHECK(mapped.ignored == std::vector<std::string>{"channels.telegram.groups.-7.skills"});
}

TEST_CASE("access config: what is wrong with a group is told where it stands") {
    struct Row {
        const char* groups;
        const char* path;
        const char* reason;
    };
    constexpr Row kRows[] = {
        {"7", "channels.irc.groups", "must be a list of groups, or an object with a key for each"},
        {"{'#a': 1}", "channels.irc.groups.#a", "must be an object"},
        {"{'#a': {requireMentions: true}}", "channels.irc.groups.#a.requireMentions",
         "unknown key; did you mean \"requireMention\"?"},
        {"{'#a': {topics: {'1': {enabled: 'no'}}}}", "channels.irc.groups.#a.topics.1.enabled",
         "must be true or false"},
    };
    for (const Row& row : kRows) {
        const auto loaded =
            load_with_token("{channels: {irc: {groups: " + std::string(row.groups) + "}}}");
        REQUIRE(loaded.disabled.size() == 1);
        CHECK(loaded.disabled[0].path == row.path);
        CHECK(loaded.disabled[0].reason == row.reason);
        CHECK(loaded.config.accounts.empty());
    }
}

TEST_CASE("access config: an account's policy and list may stand in different blocks") {
    const auto loaded = load_with_token(
        "{channels: {irc: {dmPolicy: 'open', accounts: {one: {allowFrom: ['*']}}}}}");
    CHECK(only(loaded).dm_policy == config::DmPolicy::open);
    CHECK(load_with_token("{channels: {irc: {dmPolicy: 'open', accounts: {one: {}}}}}")
              .disabled.size() == 1);
    CHECK(only(load_with_token("{channels: {irc: {dmPolicy: 'pairing'}}}")).dm_policy ==
          config::DmPolicy::pairing);
}

TEST_CASE("access config: answers refer to messages on Telegram, elsewhere when asked to") {
    using config::ReplyToMode;
    CHECK(only(load_with_token("{channels: {telegram: {}}}")).reply_to_mode == ReplyToMode::first);
    CHECK(only(load_with_token("{channels: {irc: {}}}")).reply_to_mode == ReplyToMode::off);
    CHECK(only(load_with_token("{channels: {irc: {replyToMode: 'all'}}}")).reply_to_mode ==
          ReplyToMode::all);
    CHECK(load_with_token("{channels: {irc: {replyToMode: 'frist'}}}").disabled.size() == 1);
}

TEST_CASE("access config: mention patterns are compiled, or refused with the reason") {
    const auto loaded = load_with_token(
        "{messages: {groupChat: {mentionPatterns: ['bot', '^hey'], historyLimit: 5},"
        " ackReaction: 'x'}}");
    REQUIRE(loaded.problems.empty());
    CHECK(loaded.config.mention_patterns.size() == 2);
    CHECK(loaded.config.group_history_limit == 5);
    CHECK(loaded.ignored == std::vector<std::string>{"messages.ackReaction"});
    const auto wrong =
        load_with_token("{messages: {groupChat: {mentionPatterns: ['ok', '(?=bot)', '(']}}}");
    REQUIRE(wrong.problems.size() == 2);
    CHECK(wrong.problems[0].path == "messages.groupChat.mentionPatterns[1]");
    CHECK(wrong.problems[0].reason.find("without look-around") != std::string::npos);
    CHECK(wrong.problems[1].path == "messages.groupChat.mentionPatterns[2]");
    CHECK(load_with_token("{messages: {groupChat: {historyLimt: 5}}}").problems.size() == 1);
}
