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

TEST_CASE("params: missing and null parameters are an empty object") {
    const Parsed null("null");
    for (const json::Value params : {json::Value(), null.value()}) {
        CHECK(parse_params<LogsTailParams>(params, "logs.tail").has_value());
        const auto refused = parse_params<ChannelsStartParams>(params, "channels.start");
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == Errc::invalid_input);
        CHECK(refused.error().message ==
              "invalid channels.start params: must have required property 'channel'");
    }
}

TEST_CASE("explain: keys in pointers are escaped") {
    const std::string good(kGoodConnect);
    CHECK(connect_text("{" + good + R"(,"permissions":{"a/b~c":1,"":2}})") ==
          "invalid connect params: at /permissions/a~1b~0c: must be boolean; at /permissions/: "
          "must be boolean");
}

TEST_CASE("explain: lengths count code points, not bytes") {
    std::string zone;
    for (int i = 0; i < 64; ++i)
        zone += "😀";
    const std::string head = R"({"minProtocol":3,"maxProtocol":3,"client":{"id":"cli",)"
                             R"("version":"1","platform":"l","mode":"cli","timeZone":")";
    CHECK(connect_text(head + zone + "\"}}") == "fine");
    CHECK(connect_text(head + zone + "x\"}}") ==
          "invalid connect params: at /client/timeZone: must NOT have more than 64 characters");
}

TEST_CASE("explain: numbers are judged by value, not by spelling") {
    const auto limit_text = [](const std::string& number) {
        return params_text<ChatHistoryParams>("chat.history",
                                              R"({"sessionKey":"main","limit":)" + number + "}");
    };
    CHECK(limit_text("3.0") == "fine");
    CHECK(limit_text("1e2") == "fine");
    CHECK(limit_text("-0") == "invalid chat.history params: at /limit: must be >= 1");
    CHECK(limit_text("\"3\"") == "invalid chat.history params: at /limit: must be integer");
    CHECK(limit_text("1000.5") ==
          "invalid chat.history params: at /limit: must be integer; at /limit: must be <= 1000");
    CHECK(limit_text("18446744073709551615") ==
          "invalid chat.history params: at /limit: must be <= 1000");
}

TEST_CASE("explain: limits are written without an exponent") {
    CHECK(params_text<LogsTailParams>("logs.tail", R"({"maxBytes":1000001})") ==
          "invalid logs.tail params: at /maxBytes: must be <= 1000000");
}

TEST_CASE("explain: too few and too many items") {
    std::string many = "\"r\"";
    for (int i = 0; i < 50; ++i)
        many += ",\"r\"";
    const auto runs_text = [](const std::string& items) {
        return params_text<ChatHistoryParams>(
            "chat.history", R"({"sessionKey":"main","inputRunIds":[)" + items + "]}");
    };
    CHECK(runs_text("") ==
          "invalid chat.history params: at /inputRunIds: must NOT have fewer than 1 items");
    CHECK(runs_text(many) ==
          "invalid chat.history params: at /inputRunIds: must NOT have more than 50 items");
}

TEST_CASE("explain: every branch of a union complains before the union does") {
    const auto text = [](std::string_view member) {
        return params_text<ChatSendParams>(
            "chat.send",
            R"({"sessionKey":"a","message":"b","idempotencyKey":"c",)" + std::string(member) + "}");
    };
    CHECK(text(R"("expectedLeafEntryId":7)") ==
          "invalid chat.send params: at /expectedLeafEntryId: must be string; at "
          "/expectedLeafEntryId: must be null; at /expectedLeafEntryId: must match a schema in "
          "anyOf");
    CHECK(text(R"("fastMode":"always")") ==
          "invalid chat.send params: at /fastMode: must be boolean; at /fastMode: must be equal to "
          "constant; at /fastMode: must match a schema in anyOf");
    CHECK(text(R"("queueMode":1)") ==
          "invalid chat.send params: at /queueMode: must be string; at /queueMode: must be equal "
          "to constant; at /queueMode: must match a schema in anyOf");
    CHECK(text(R"("intent":{"kind":"session-goal-start","version":2,"issuedAtMs":0})") ==
          "invalid chat.send params: at /intent/version: must be equal to constant");
}

TEST_CASE("explain: of a repeated key only the last value counts") {
    CHECK(params_text<ChatAbortParams>("chat.abort", R"({"sessionKey":5,"sessionKey":"a"})") ==
          "fine");
    CHECK(params_text<ChatAbortParams>("chat.abort", R"({"sessionKey":"a","sessionKey":5})") ==
          "invalid chat.abort params: at /sessionKey: must be string");
    CHECK(params_text<ChatAbortParams>("chat.abort", R"({"x":1,"sessionKey":"a","y":1,"x":2})") ==
          "invalid chat.abort params: at root: unexpected property 'x'; at root: unexpected "
          "property 'y'");
    const std::string good(kGoodConnect);
    CHECK(connect_text("{" + good + R"(,"permissions":{"a":1,"b":true,"a":false}})") == "fine");
    CHECK(connect_text("{" + good + R"(,"permissions":{"a":true,"a":1}})") ==
          "invalid connect params: at /permissions/a: must be boolean");
}

TEST_CASE("explain: an endless list of complaints is cut between two characters") {
    std::string json = "{\"sessionKey\":\"a\"";
    for (int i = 0; i < 2000; ++i)
        json += ",\"é" + std::to_string(i) + "\":0";
    const std::string text = params_text<ChatAbortParams>("chat.abort", json + "}");
    const std::string_view prefix = "invalid chat.abort params: ";
    CHECK(text.size() <= prefix.size() + kMaxExplanation + std::string_view("…").size());
    CHECK(text.ends_with("…"));
    json::Parser parser;
    std::string quoted;
    json::append_string(quoted, text);
    CHECK(parser.parse(quoted).has_value());
}

}  // namespace
}  // namespace gw::proto::gateway
