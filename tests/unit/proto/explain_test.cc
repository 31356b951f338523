// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The texts of refused frames and parameters, word for word: clients show and compare them.

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "proto/gateway/params.h"
#include "tests/unit/proto/parsed.h"

namespace gw::proto::gateway {
namespace {

using test::Parsed;

std::string connect_text(std::string_view json) {
    const Parsed parsed(json);
    const auto result = parse_connect(parsed.value());
    return result ? "fine" : result.error().message;
}

std::string frame_text(std::string_view json) {
    const Parsed parsed(json);
    const auto result = parse_frame(parsed.value());
    return result ? "fine" : result.error().message;
}

template <typename T>
std::string params_text(std::string_view method, std::string_view json) {
    const Parsed parsed(json);
    const auto result = parse_params<T>(parsed.value(), method);
    return result ? "fine" : result.error().message;
}

TEST_CASE("connect: what is missing is listed in the schema's order") {
    CHECK(connect_text("{}") ==
          "invalid connect params: must have required property 'minProtocol'; must have required "
          "property 'maxProtocol'; must have required property 'client'");
    CHECK(connect_text(R"({"minProtocol":3,"maxProtocol":3,"client":{"id":"cli"}})") ==
          "invalid connect params: at /client: must have required property 'version'; at /client: "
          "must have required property 'platform'; at /client: must have required property 'mode'");
}

TEST_CASE("connect: unexpected properties are named in the order they came") {
    CHECK(connect_text(R"({"minProtocol":3,"foo":1,"maxProtocol":3,"bar":2,
                           "client":{"id":"cli","version":"1","platform":"linux","mode":"cli"}})") ==
          "invalid connect params: at root: unexpected property 'foo'; at root: unexpected "
          "property 'bar'");
}

TEST_CASE("connect: an unknown client id says so once, not once a known id") {
    CHECK(connect_text(R"({"minProtocol":3,"maxProtocol":3,
                           "client":{"id":"x","version":"1","platform":"linux","mode":"cli"}})") ==
          "invalid connect params: at /client/id: must be equal to constant; at /client/id: must "
          "match a schema in anyOf");
}

TEST_CASE("connect: all complaints come at once, depth first in the schema's order") {
    CHECK(connect_text(R"({"auth":{"token":7},"scopes":[""],"role":"","caps":"x",
                           "client":{"mode":"cli","platform":"linux","version":"","id":"cli"},
                           "maxProtocol":0.5,"minProtocol":"3"})") ==
          "invalid connect params: at /minProtocol: must be integer; at /maxProtocol: must be "
          "integer; at /maxProtocol: must be >= 1; at /client/version: must NOT have fewer than 1 "
          "characters; at /caps: must be array; at /role: must NOT have fewer than 1 characters; "
          "at /scopes/0: must NOT have fewer than 1 characters; at /auth/token: must be string");
}

constexpr std::string_view kGoodConnect =
    R"("minProtocol":3,"maxProtocol":4,"client":{"id":"cli","version":"1","platform":"linux",)"
    R"("mode":"cli"})";

TEST_CASE("connect: parts of the device proof and of the permissions are pointed at") {
    const std::string good(kGoodConnect);
    CHECK(connect_text("{" + good + R"(,"device":{"id":"a","publicKey":"b","signature":"c",
                                        "signedAt":-1,"nonce":""}})") ==
          "invalid connect params: at /device/signedAt: must be >= 0; at /device/nonce: must NOT "
          "have fewer than 1 characters");
    CHECK(connect_text("{" + good + R"(,"permissions":{"a":1,"b":true}})") ==
          "invalid connect params: at /permissions/a: must be boolean");
}

TEST_CASE("connect: parameters that are no object, or not there, are no object") {
    for (const char* json : {"null", "[]", "7", "\"x\"", "true"}) {
        CHECK(connect_text(json) == "invalid connect params: must be object");
    }
    CHECK(parse_connect(json::Value()).error().message == "invalid connect params: must be object");
}

TEST_CASE("frame: a response or event sent to us is refused with everything it lacks") {
    CHECK(frame_text(R"({"type":"event","event":"tick"})") ==
          "invalid request frame: must have required property 'id'; must have required property "
          "'method'; at root: unexpected property 'event'; at /type: must be equal to constant");
}

TEST_CASE("frame: a constant of the wrong type is wrong twice") {
    CHECK(frame_text(R"({"type":1,"id":"a","method":"health"})") ==
          "invalid request frame: at /type: must be string; at /type: must be equal to constant");
}

TEST_CASE("params: the texts name the method") {
    CHECK(params_text<ChatSendParams>("chat.send", "{}") ==
          "invalid chat.send params: must have required property 'sessionKey'; must have required "
          "property 'message'; must have required property 'idempotencyKey'");
    CHECK(params_text<ChatHistoryParams>("chat.history", R"({"sessionKey":"","limit":1001})") ==
          "invalid chat.history params: at /sessionKey: must NOT have fewer than 1 characters; at "
          "/limit: must be <= 1000");
    CHECK(params_text<ChatAbortParams>("chat.abort", "[]") ==
          "invalid chat.abort params: must be object");
}

}  // namespace
}  // namespace gw::proto::gateway
