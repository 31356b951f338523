// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/config/load.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/file.h"
#include "tests/support/temp_dir.h"

using namespace gw;
using config::load_text;

namespace {

// With a token, so that only what a test is about can be wrong.
config::Loaded load_with_token(std::string_view text, const config::Environment& env = {}) {
    config::Overrides overrides;
    overrides.token = "secret";
    return load_text(text, overrides, env);
}

bool has(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

TEST_CASE("config: an empty object gives the defaults") {
    const auto loaded = load_with_token("{}");
    REQUIRE(loaded.problems.empty());
    CHECK(loaded.config.gateway.port == 18789);
    CHECK(loaded.config.gateway.bind_address == "127.0.0.1");
    CHECK(loaded.config.accounts.empty());
    CHECK(loaded.config.restart.breaker_crashes == 10);
}

TEST_CASE("config: without any token the operator is told what to set") {
    const auto loaded = load_text("{}", {}, {});
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems[0].reason.find("no token is configured") != std::string::npos);
    CHECK(loaded.problems[0].reason.find("gateway.auth.token") != std::string::npos);
}

TEST_CASE("config: a wrong value is reported with path, line and column") {
    const auto loaded = load_with_token("{\n  gateway: {\n    port: 'many',\n  },\n}");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems[0].path == "gateway.port");
    CHECK(loaded.problems[0].line == 3);
    CHECK(loaded.problems[0].text("f.json5").starts_with("f.json5:3:"));
}

TEST_CASE("config: an unknown key names the nearest known one") {
    const auto loaded = load_with_token("{supervisor: {restart: {firstDelay: 3}}}");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems[0].reason.find("firstDelayMs") != std::string::npos);
}

TEST_CASE("config: every problem is reported at once") {
    const auto loaded =
        load_with_token("{gateway: {port: -1, bind: 'moon'}, nonsense: 1, session: {dmScope: 3}}");
    CHECK(loaded.problems.size() == 4);
}

TEST_CASE("config: sections of OpenClaw that mean nothing here are listed as ignored") {
    const auto loaded = load_with_token("{agents: {}, gateway: {tailscale: {mode: 'off'}}}");
    CHECK(loaded.problems.empty());
    CHECK(has(loaded.ignored, "agents"));
    CHECK(has(loaded.ignored, "gateway.tailscale"));
}

TEST_CASE("config: a syntax error says where") {
    const auto loaded = load_with_token("{gateway: {port: }}");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems[0].reason.find("line 1") != std::string::npos);
}

TEST_CASE("config: the environment fills in what the file leaves open") {
    const auto loaded = load_text(
        "{}", {}, {{"OPENCLAW_GATEWAY_TOKEN", "from-env"}, {"OPENCLAW_GATEWAY_PORT", "4711"}});
    REQUIRE(loaded.problems.empty());
    CHECK(loaded.config.gateway.token.equals("from-env"));
    CHECK(loaded.config.gateway.port == 4711);
}

TEST_CASE("config: a port from the environment that is none is a problem, not a default") {
    for (const char* bad : {"abc", "-1", "65536", "1 "}) {
        CAPTURE(bad);
        const auto loaded = load_text("{gateway: {auth: {token: 't'}}}", {},
                                      {{"CLAWDBOT_GATEWAY_PORT", "4711"}, {"GATEWAYD_PORT", bad}});
        REQUIRE(loaded.problems.size() == 1);
        CHECK(loaded.problems[0].path == "GATEWAYD_PORT");
    }
}

TEST_CASE("config: the file's token wins over the environment's, the command line's over both") {
    const config::Environment env = {{"OPENCLAW_GATEWAY_TOKEN", "env"}};
    CHECK(load_text("{gateway: {auth: {token: 'file'}}}", {}, env)
              .config.gateway.token.equals("file"));
    config::Overrides overrides;
    overrides.token = "line";
    CHECK(load_text("{gateway: {auth: {token: 'file'}}}", overrides, env)
              .config.gateway.token.equals("line"));
}

TEST_CASE("config: a password without a mode means password mode") {
    const auto loaded = load_text("{gateway: {auth: {password: 'p'}}}", {}, {});
    REQUIRE(loaded.problems.empty());
    CHECK(loaded.config.gateway.auth_mode == config::AuthMode::password);
}

TEST_CASE("config: a channel's secrets are kept out of the settings its worker reads") {
    const auto loaded = load_with_token(
        "{channels: {irc: {host: 'h', nick: 'bot', password: 'pw', allowFrom: ['ann', 7]}}}");
    REQUIRE(loaded.config.accounts.size() == 1);
    const config::Account& account = loaded.config.accounts[0];
    CHECK(account.channel == "irc");
    CHECK(account.account == "default");
    CHECK(account.settings_json == R"({"host":"h","nick":"bot"})");
    CHECK(account.secrets.at("password").equals("pw"));
    CHECK(account.allow_from == std::vector<std::string>{"ann", "7"});
    CHECK(account.dm_policy == config::DmPolicy::allowlist);
}

TEST_CASE("config: an account inherits its channel's keys and overrides them one by one") {
    const auto loaded = load_with_token(
        "{channels: {irc: {host: 'h', port: 1, allowFrom: ['a'],"
        " accounts: {one: {port: 2}, two: {enabled: false, allowFrom: ['b']}}}}}");
    REQUIRE(loaded.config.accounts.size() == 2);
    CHECK(loaded.config.accounts[0].settings_json == R"({"host":"h","port":2})");
    CHECK(loaded.config.accounts[0].allow_from == std::vector<std::string>{"a"});
    CHECK_FALSE(loaded.config.accounts[1].enabled);
    CHECK(loaded.config.accounts[1].allow_from == std::vector<std::string>{"b"});
}

TEST_CASE("config: a broken channel block disables that channel and nothing else") {
    const auto loaded = load_with_token("{channels: {irc: {dmPolicy: 'maybe'}, echo: {}}}");
    CHECK(loaded.problems.empty());
    REQUIRE(loaded.disabled.size() == 1);
    CHECK(loaded.disabled[0].path == "channels.irc.dmPolicy");
    REQUIRE(loaded.config.accounts.size() == 1);
    CHECK(loaded.config.accounts[0].channel == "echo");
}

TEST_CASE("config: an open channel must say that it means everybody") {
    CHECK(load_with_token("{channels: {irc: {dmPolicy: 'open'}}}").disabled.size() == 1);
    CHECK(load_with_token("{channels: {irc: {dmPolicy: 'open', allowFrom: ['*']}}}")
              .disabled.empty());
}

TEST_CASE("config: a bad port on the command line is a problem of the command line") {
    config::Overrides overrides;
    overrides.token = "t";
    overrides.port = "80x";
    const auto loaded = load_text("{}", overrides, {});
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems[0].path == "--port");
}

TEST_CASE("config: a token comes from a file, from beside it, or from outside, in this order") {
    const test::TempDir directory;
    const std::string path = directory.file("token");
    REQUIRE(base::write_file(path, "1:file\n"));
    const config::Environment env = {{"TELEGRAM_BOT_TOKEN", "1:outside"}};
    const auto token_of = [&env](const std::string& block, std::size_t index = 0) {
        const auto loaded = load_with_token("{channels: {telegram: " + block + "}}", env);
        REQUIRE(loaded.config.accounts.size() > index);
        const config::Account& account = loaded.config.accounts[index];
        const auto token = account.secrets.find("botToken");
        return token == account.secrets.end() ? "none, with " + account.settings_json
                                              : std::string(token->second.reveal());
    };
    const std::string file = "tokenFile: \"" + path + "\"";
    CHECK(token_of("{" + file + ", botToken: \"1:beside\"}") == "1:file");
    CHECK(token_of("{botToken: \"1:beside\"}") == "1:beside");
    CHECK(token_of("{}") == "1:outside");
    CHECK(token_of("{" + file + ", accounts: {b: {botToken: \"1:own\"}}}") == "1:own");
    // Only the account called default reads the environment.
    CHECK(token_of("{accounts: {b: {}}}").starts_with("none"));
    // A file that cannot be read is no token, whatever else there is, and the worker is told why.
    const std::string none =
        token_of("{tokenFile: \"" + directory.path() + "/absent\", botToken: \"1:beside\"}");
    CHECK(none.starts_with("none"));
    CHECK(none.find("tokenFileProblem") != std::string::npos);
    CHECK(none.find("absent") != std::string::npos);
}
