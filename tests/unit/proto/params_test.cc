// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The generated types: what ends up in which field.

#include <doctest/doctest.h>

#include "proto/gateway/params.h"
#include "tests/unit/proto/parsed.h"

namespace gw::proto::gateway {
namespace {

using test::Parsed;

TEST_CASE("frame: a request's id, method and parameters are there, the constant type is not") {
    const Parsed parsed(R"({"type":"req","id":"7","method":"health","params":{"probe":true},
                            "traceparent":"00-1"})");
    const auto frame = parse_frame(parsed.value());
    REQUIRE(frame.has_value());
    CHECK(frame->id == "7");
    CHECK(frame->method == "health");
    CHECK(frame->params.is_object());
    CHECK(frame->traceparent == "00-1");
    CHECK_FALSE(frame->expected_profile_id.has_value());
}

TEST_CASE("connect: every part of a full handshake lands in its field") {
    const Parsed parsed(R"({"minProtocol":3,"maxProtocol":4,
        "client":{"id":"clawdbot-macos","version":"1","platform":"darwin","mode":"ui",
                  "displayName":"Mac"},
        "caps":["tool-events"],"role":"operator","scopes":["operator.read","operator.write"],
        "device":{"id":"d","publicKey":"k","signature":"s","signedAt":1769731200000},
        "auth":{"token":"t"},"permissions":{"screen":true}})");
    const auto connect = parse_connect(parsed.value());
    REQUIRE(connect.has_value());
    CHECK(connect->min_protocol == 3);
    CHECK(connect->max_protocol == 4);
    CHECK(connect->client.id == ClientId::clawdbot_macos);
    CHECK(name(connect->client.id) == "clawdbot-macos");
    CHECK(connect->client.mode == ClientMode::ui);
    CHECK(connect->client.display_name == "Mac");
    REQUIRE(connect->scopes.size() == 2);
    CHECK(connect->scopes[1] == "operator.write");
    REQUIRE(connect->device.has_value());
    CHECK(connect->device->signed_at == 1769731200000);
    CHECK_FALSE(connect->device->nonce.has_value());
    REQUIRE(connect->auth.has_value());
    CHECK(connect->auth->token == "t");
    CHECK_FALSE(connect->auth->password.has_value());
    CHECK(connect->permissions.has_value());
    CHECK(connect->commands.empty());
}

TEST_CASE("connect: every client id and mode has a name and is found by it") {
    for (int i = 0; i <= static_cast<int>(ClientId::moltbot_probe); ++i) {
        const auto id = static_cast<ClientId>(i);
        const Parsed parsed(R"({"minProtocol":3,"maxProtocol":3,"client":{"id":")" +
                            std::string(name(id)) +
                            R"(","version":"1","platform":"l","mode":"test"}})");
        const auto connect = parse_connect(parsed.value());
        REQUIRE(connect.has_value());
        CHECK(connect->client.id == id);
    }
    CHECK(name(ClientId::openclaw_browser_copilot) == "openclaw-browser-copilot");
    CHECK(name(ClientMode::worker) == "worker");
}

TEST_CASE("params: a repeated part starts afresh") {
    const Parsed parsed(R"({"minProtocol":3,"maxProtocol":3,
        "client":{"id":"cli","version":"1","platform":"l","mode":"cli","displayName":"first"},
        "scopes":["operator.admin"],"device":7,"auth":{"token":"t"},
        "client":{"id":"test","version":"2","platform":"l","mode":"test"},
        "scopes":[],"auth":{"password":"p"},
        "device":{"id":"d","publicKey":"k","signature":"s","signedAt":1}})");
    const auto connect = parse_connect(parsed.value());
    REQUIRE(connect.has_value());
    CHECK(connect->client.id == ClientId::test);
    CHECK(connect->client.version == "2");
    CHECK_FALSE(connect->client.display_name.has_value());
    CHECK(connect->scopes.empty());
    CHECK_FALSE(connect->auth->token.has_value());
    CHECK(connect->auth->password == "p");
    CHECK(connect->device->id == "d");
}

TEST_CASE("params: values of several types come as they are") {
    const Parsed parsed(R"({"sessionKey":"main","message":"","idempotencyKey":"k",
        "fastMode":"auto","expectedLeafEntryId":null,"queueMode":"interrupt",
        "attachments":[{"type":"image","content":"aGk=","sizeBytes":2.5,"extra":true}]})");
    const auto send = parse_params<ChatSendParams>(parsed.value(), "chat.send");
    REQUIRE(send.has_value());
    REQUIRE(send->fast_mode.has_value());
    CHECK(send->fast_mode->string() == "auto");
    REQUIRE(send->expected_leaf_entry_id.has_value());
    CHECK(send->expected_leaf_entry_id->is_null());
    CHECK(send->queue_mode == QueueMode::interrupt);
    REQUIRE(send->attachments.size() == 1);
    CHECK(send->attachments[0].type == "image");
    CHECK(send->attachments[0].content.string() == "aGk=");
    CHECK(send->attachments[0].size_bytes == 2.5);
}

TEST_CASE("params: methods that read what they know accept everything else") {
    for (const char* json : {"{}", "[]", "7", R"({"probe":1,"x":[]})"}) {
        const Parsed parsed(json);
        CHECK(parse_params<HealthParams>(parsed.value(), "health").has_value());
        CHECK(parse_params<StatusParams>(parsed.value(), "status").has_value());
    }
    const Parsed parsed(R"({"probe":true,"text":"hi"})");
    CHECK(parse_params<HealthParams>(parsed.value(), "health")->probe.boolean());
    const auto event = parse_params<SystemEventParams>(parsed.value(), "system-event");
    CHECK(event->text.string() == "hi");
    CHECK(event->host.is_null());
}

}  // namespace
}  // namespace gw::proto::gateway
