// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/settings.h"

#include <doctest/doctest.h>

#include <string>

using namespace gw;

namespace {

Result<telegram::Settings> read(const std::string& settings, const std::string& token = "1:abc-_",
                                const std::string& secret = "s3cret") {
    proto::Configure configure;
    configure.set_settings_json(settings);
    (*configure.mutable_secrets())["botToken"] = token;
    (*configure.mutable_secrets())["webhookSecret"] = secret;
    return telegram::read_settings(configure);
}

}  // namespace

TEST_CASE("telegram settings: the defaults are Telegram's own") {
    const auto settings = read("{}");
    REQUIRE(settings);
    CHECK(settings->api_root == "https://api.telegram.org");
    CHECK(settings->text_limit == 4000);
    CHECK(settings->poll_timeout == std::chrono::seconds(30));
    CHECK(settings->max_media_bytes == 5U << 20);
    CHECK(settings->has_link_preview);
    CHECK(settings->reactions == telegram::ReactionsOf::own);
    CHECK(read(R"({"apiRoot":"http://127.0.0.1:8081/"})")->api_root == "http://127.0.0.1:8081");
}

TEST_CASE("telegram settings: a wrong value is named, with what it should be") {
    struct Case {
        const char* settings;
        const char* key;
    };
    const Case cases[] = {
        {R"({"apiRoot":"ftp://x"})", "apiRoot"},
        {R"({"apiRoot":""})", "apiRoot"},
        {R"({"apiRoot":"http://x/?a"})", "apiRoot"},
        {R"({"proxy":7})", "proxy"},
        {R"({"webhookUrl":"nowhere"})", "webhookUrl"},
        {R"({"textChunkLimit":4001})", "textChunkLimit"},
        {R"({"textChunkLimit":"x"})", "textChunkLimit"},
        {R"({"chunkMode":"word"})", "chunkMode"},
        {R"({"reactionNotifications":"some"})", "reactionNotifications"},
        {R"({"linkPreview":"no"})", "linkPreview"},
        {R"({"mediaMaxMb":21})", "mediaMaxMb"},
        {R"({"pollTimeoutSeconds":51})", "pollTimeoutSeconds"},
        {R"({"tokenFileProblem":"cannot be read"})", "tokenFile"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.settings);
        const auto settings = read(one.settings);
        REQUIRE_FALSE(settings);
        CHECK(settings.error().message.starts_with("channels.telegram." + std::string(one.key)));
    }
}

TEST_CASE("telegram settings: tokens and secrets are checked and never shown") {
    for (const char* token : {"", "abc", "1:", ":abc", "1:a/b", "1:a b", "x:abc"}) {
        CAPTURE(token);
        const auto settings = read("{}", token);
        REQUIRE_FALSE(settings);
        CHECK(settings.error().message.find("botToken") != std::string::npos);
        CHECK(settings.error().message.find("a/b") == std::string::npos);
    }
    const char* webhook = R"({"webhookUrl":"https://e.org/telegram"})";
    CHECK(read(webhook));
    CHECK_FALSE(read(webhook, "1:abc", ""));
    CHECK_FALSE(read(webhook, "1:abc", "not allowed!"));
    CHECK_FALSE(read(webhook, "1:abc", std::string(257, 'x')));
}
