// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/target.h"

#include <doctest/doctest.h>

#include "gatewayd/channels/catalog.h"

using namespace gw;
using namespace gw::channels;

namespace {

config::Config with(std::initializer_list<std::pair<const char*, const char*>> accounts) {
    config::Config config;
    for (const auto& [channel, account] : accounts) {
        config::Account one;
        one.channel = channel;
        one.account = account;
        config.accounts.push_back(std::move(one));
    }
    return config;
}

}  // namespace

TEST_CASE("target: a nick is a direct chat, a # name a channel, each with its session") {
    const auto config = with({{"irc", "default"}});
    const auto direct = resolve({.channel = "irc", .account = {}, .to = " alice "}, config);
    REQUIRE(direct);
    CHECK(direct->to == "alice");
    CHECK(direct->chat_type == "direct");
    CHECK(direct->session_key == "agent:main:main");
    const auto room = resolve({.channel = "IRC", .account = {}, .to = "#Ops"}, config);
    REQUIRE(room);
    CHECK(room->channel == "irc");
    CHECK(room->chat_type == "channel");
    CHECK(room->session_key == "agent:main:irc:channel:#ops");
}

TEST_CASE("target: a channel that is not configured is unsupported") {
    const auto config = with({{"irc", "default"}});
    const auto target = resolve({.channel = "Fax", .account = {}, .to = "1"}, config);
    REQUIRE_FALSE(target);
    CHECK(target.error() == Error{Errc::invalid_input, "unsupported channel: Fax"});
}

TEST_CASE("target: without a channel it is whatsapp, or the only one there is") {
    const TargetRequest request{.channel = {}, .account = {}, .to = "x"};
    CHECK(resolve(request, with({{"irc", "a"}, {"irc", "b"}}))->channel == "irc");
    CHECK(resolve(request, with({{"irc", "a"}, {"whatsapp", "b"}}))->channel == "whatsapp");
    CHECK(resolve(request, with({{"irc", "a"}, {"echo", "b"}})).error().message ==
          "unsupported channel: whatsapp");
    CHECK_FALSE(resolve(request, with({})));
}

TEST_CASE("target: the account is the one named, else default, else the first") {
    const auto config = with({{"irc", "oftc"}, {"irc", "default"}, {"echo", "one"}});
    CHECK(resolve({.channel = "irc", .account = {}, .to = "x"}, config)->account == "default");
    CHECK(resolve({.channel = "irc", .account = " oftc ", .to = "x"}, config)->account == "oftc");
    CHECK(resolve({.channel = "echo", .account = {}, .to = "x"}, config)->account == "one");
    CHECK_FALSE(resolve({.channel = "irc", .account = "none", .to = "x"}, config));
}

TEST_CASE("target: a blank target is refused") {
    CHECK_FALSE(resolve({.channel = "irc", .account = {}, .to = " "}, with({{"irc", "a"}})));
}

TEST_CASE("catalog: aliases, labels and order") {
    CHECK(channel_id_of(" iMsg ") == "imessage");
    CHECK(channel_id_of("gchat") == "googlechat");
    CHECK(info_of("irc").detail_label == "Internet Relay Chat");
    CHECK(info_of("fax").label == "fax");
    CHECK(comes_before("telegram", "irc"));
    CHECK(comes_before("irc", "aaa"));
    CHECK(comes_before("aaa", "bbb"));
    CHECK_FALSE(comes_before("irc", "irc"));
}
