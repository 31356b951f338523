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

}  // namespace
}  // namespace gw::proto::gateway
