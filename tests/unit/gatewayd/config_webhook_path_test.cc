// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/config/webhook_path.h"

#include <doctest/doctest.h>

#include "gatewayd/config/load.h"

using namespace gw;
using config::find_webhook_path_problem;

namespace {

config::Loaded load(std::string_view channels) {
    config::Overrides overrides;
    overrides.token = "secret";
    return config::load_text("{channels:{" + std::string(channels) + "}}", overrides, {});
}

}  // namespace

TEST_CASE("webhook path: a path that can be written in one way is taken") {
    for (const std::string_view path : {"/telegram", "/in/slack-1/a.b_c~D", "/v12", "/.well"}) {
        CAPTURE(path);
        CHECK_FALSE(find_webhook_path_problem(path));
    }
}

TEST_CASE("webhook path: anything else is refused with the reason") {
    for (const std::string_view path : {"", "telegram", "/", "/a/", "/a//b", "/a/./b", "/a/..",
                                        "/a b", "/a?b", "/a%20", "/a#b"}) {
        CAPTURE(path);
        CHECK(find_webhook_path_problem(path));
    }
    CHECK(find_webhook_path_problem("/" + std::string(256, 'a')));
    CHECK(find_webhook_path_problem("/metrics") == "is below /metrics, which is the gateway's own");
    CHECK(find_webhook_path_problem("/v1/chat") == "is below /v1, which is the gateway's own");
    CHECK(find_webhook_path_problem("/__openclaw__/ws"));
}

TEST_CASE("webhook path: belongs to the account that names it and is not handed on") {
    const auto loaded =
        load("a:{webhookPath:'/a',x:1},b:{accounts:{one:{webhookPath:'/b1'},two:{}}}");
    REQUIRE(loaded.disabled.empty());
    REQUIRE(loaded.config.accounts.size() == 3);
    CHECK(loaded.config.accounts[0].webhook_path == "/a");
    CHECK(loaded.config.accounts[0].settings_json == R"({"x":1})");
    CHECK(loaded.config.accounts[1].webhook_path == "/b1");
    CHECK(loaded.config.accounts[2].webhook_path.empty());
}

TEST_CASE("webhook path: a broken one, or one taken twice, disables its channel and names both") {
    const auto broken = load("a:{webhookPath:'a'}");
    REQUIRE(broken.disabled.size() == 1);
    CHECK(broken.disabled[0].path == "channels.a.webhookPath");
    CHECK(broken.config.accounts.empty());

    const auto twice = load("a:{webhookPath:'/x'},b:{webhookPath:'/x'}");
    REQUIRE(twice.disabled.size() == 1);
    CHECK(twice.disabled[0].reason ==
          "/x of channels.b (account default) is already that of channels.a (account default)");
    REQUIRE(twice.config.accounts.size() == 1);
    CHECK(twice.config.accounts[0].channel == "a");

    const auto inherited = load("a:{webhookPath:'/x',accounts:{one:{},two:{}}}");
    REQUIRE(inherited.disabled.size() == 1);
    CHECK(inherited.disabled[0].reason ==
          "/x of channels.a (account two) is already that of channels.a (account one)");
}
