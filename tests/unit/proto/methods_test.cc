// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Every method's parameters, a row each: what both client generations send is accepted, and the
// usual mistakes are named. Both ways to judge, parse() and explain(), must agree on each row.

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "proto/gateway/params.h"
#include "tests/unit/proto/parsed.h"

namespace gw::proto::gateway {
namespace {

struct Row {
    std::string_view method;
    std::string_view params;
    std::string_view wrong = "";
};

constexpr Row kRows[] = {
    {"agent", R"({"message":"hi","idempotencyKey":"k"})"},
    {"agent", R"({"message":"hi","idempotencyKey":"k","spawnedBy":"agent:main:main","timeout":0})"},
    {"agent", R"({"message":"hi","idempotencyKey":"k","promptMode":"none","label":"l","model":"m",
                  "inputProvenance":{"kind":"inter_session","sourceTool":"t"},"attachments":[1]})"},
    {"agent", R"({"message":"hi","idempotencyKey":"k","acpTurnSource":"manual_spawn"})"},
    {"agent", R"({"message":"hi","idempotencyKey":"k","acpTurnSource":"x"})",
     "at /acpTurnSource: must be equal to constant"},
    {"agent", R"({"message":"","idempotencyKey":"k","inputProvenance":{}})",
     "at /message: must NOT have fewer than 1 characters; at /inputProvenance: must have required "
     "property 'kind'"},
    {"agent.wait", R"({"runId":"r","timeoutMs":0})"},
    {"agent.wait", R"({"timeoutMs":-1})",
     "must have required property 'runId'; at /timeoutMs: must be >= 0"},
    {"channels.status", R"({})"},
    {"channels.status", R"({"probe":true,"timeoutMs":1000,"channel":"irc"})"},
    {"channels.status", R"({"probe":1,"channel":""})",
     "at /probe: must be boolean; at /channel: must NOT have fewer than 1 characters"},
    {"channels.start", R"({"channel":"irc","accountId":""})"},
    {"channels.start", R"({"accountId":"a"})", "must have required property 'channel'"},
    {"channels.stop", R"({"channel":"irc"})"},
    {"channels.stop", R"({"channel":7})", "at /channel: must be string"},
    {"channels.restart", R"({"channel":"irc"})"},
    {"channels.restart", R"({"channel":"irc","force":true})",
     "at root: unexpected property 'force'"},
    {"channels.quarantine", R"({})"},
    {"channels.quarantine", R"({"id":1,"limit":1000})"},
    {"channels.quarantine", R"({"id":0,"limit":1001})",
     "at /id: must be >= 1; at /limit: must be <= 1000"},
    {"channels.quarantine.drop", R"({"id":7})"},
    {"channels.quarantine.drop", R"({})", "must have required property 'id'"},
    {"channels.logout", R"({"channel":"irc"})"},
    {"channels.logout", R"({})", "must have required property 'channel'"},
    {"chat.send", R"({"sessionKey":"main","message":"","idempotencyKey":"k"})"},
    {"chat.send", R"({"sessionKey":"main","message":"x","idempotencyKey":"k","thinking":"low",
                      "deliver":false,"timeoutMs":0,"attachments":[]})"},
    {"chat.send", R"({"sessionKey":"main","message":"x","idempotencyKey":"k","agentId":"main",
                      "fastMode":true,"toolBindings":{"a":1},"expectedPermissionMode":null,
                      "expectedToolOverrides":{"skills":{"a":true}}})"},
    {"chat.send", R"({"sessionKey":"main","message":null,"idempotencyKey":""})",
     "at /message: must be string; at /idempotencyKey: must NOT have fewer than 1 characters"},
    {"chat.history", R"({"sessionKey":"main","limit":1000})"},
    {"chat.history", R"({"sessionKey":"main","cursor":"","offset":0,"maxChars":500000})"},
    {"chat.history", R"({"sessionKey":"main","limit":0})", "at /limit: must be >= 1"},
    {"chat.abort", R"({"sessionKey":"main","runId":"r","preserveSideRuns":true})"},
    {"chat.abort", R"({"sessionKey":"main","runId":""})",
     "at /runId: must NOT have fewer than 1 characters"},
    {"chat.inject", R"({"sessionKey":"main","message":"m","label":""})"},
    {"chat.inject", R"({"sessionKey":"main"})", "must have required property 'message'"},
    {"deliveries.list", R"({})"},
    {"deliveries.list", R"({"state":"expired","channel":"irc","limit":500,"includeSettled":true})"},
    {"deliveries.list", R"({"channel":"","limit":501})",
     "at /channel: must NOT have fewer than 1 characters; at /limit: must be <= 500"},
    {"deliveries.retry", R"({"id":"d"})"},
    {"deliveries.retry", R"({})", "must have required property 'id'"},
    {"deliveries.drop", R"({"id":"d"})"},
    {"deliveries.drop", R"({"id":""})", "at /id: must NOT have fewer than 1 characters"},
    {"deliveries.cancel", R"({"id":"d"})"},
    {"deliveries.cancel", R"({"id":7})", "at /id: must be string"},
    {"health", R"({"probe":"yes","anything":1})"},
    {"last-heartbeat", R"({"x":1})"},
    {"logs.tail", R"({"cursor":0,"limit":5000,"maxBytes":1})"},
    {"logs.tail", R"({"cursor":-1,"limit":5001,"maxBytes":0})",
     "at /cursor: must be >= 0; at /limit: must be <= 5000; at /maxBytes: must be >= 1"},
    {"message.action", R"({"channel":"echo","action":"edit","idempotencyKey":"k",
                           "params":{"to":"ann","messageId":7,"message":"x"}})"},
    {"message.action", R"({"channel":"echo","action":"","params":[],"idempotencyKey":"k"})",
     "at /action: must NOT have fewer than 1 characters; at /params: must be object"},
    {"pairing.allowed", R"({"channel":"irc"})"},
    {"pairing.allowed", R"({"channel":""})", "at /channel: must NOT have fewer than 1 characters"},
    {"pairing.approve", R"({"channel":"irc","code":"abcdefgh"})"},
    {"pairing.approve", R"({"code":""})",
     "must have required property 'channel'; at /code: must NOT have fewer than 1 characters"},
    {"pairing.list", R"({})"},
    {"pairing.list", R"({"account":"a"})", "at root: unexpected property 'account'"},
    {"pairing.reject", R"({"channel":"irc","code":"ABCDEFGH"})"},
    {"pairing.reject", R"({"channel":"irc"})", "must have required property 'code'"},
    {"pairing.remove", R"({"channel":"irc","accountId":"","senderId":"ann"})"},
    {"pairing.remove", R"({"channel":"irc"})", "must have required property 'senderId'"},
    {"poll", R"({"to":"ann","question":"?","options":["a","b"],"idempotencyKey":"k"})"},
    {"poll", R"({"to":"ann","question":"?","options":["a","b"],"idempotencyKey":"k",
                 "maxSelections":2,"durationHours":24,"silent":true,"isAnonymous":false})"},
    {"poll", R"({"to":"ann","question":"?","options":["a"],"idempotencyKey":"k",
                 "maxSelections":13,"durationSeconds":0})",
     "at /options: must NOT have fewer than 2 items; at /maxSelections: must be <= 12; at "
     "/durationSeconds: must be >= 1"},
    {"send", R"({"to":"#room","message":"hi","idempotencyKey":"k","channel":"irc"})"},
    {"send", R"({"to":"#room","idempotencyKey":"k","parseMode":"HTML","mediaUrls":["a"]})"},
    {"send", R"({"to":"","idempotencyKey":"k","parseMode":"","mediaUrls":[1]})",
     "at /to: must NOT have fewer than 1 characters; at /mediaUrls/0: must be string; at "
     "/parseMode: must NOT have fewer than 1 characters"},
    {"sessions.list", R"({})"},
    {"sessions.list", R"({"limit":1,"activeMinutes":5,"includeGlobal":true,"search":""})"},
    {"sessions.list", R"({"offset":0,"sortBy":"lastInteractionAt","archived":"all"})"},
    {"sessions.list", R"({"sortBy":"name","archived":"none"})",
     "at /sortBy: must be equal to constant; at /sortBy: must match a schema in anyOf; at "
     "/archived: must be boolean; at /archived: must be equal to constant; at /archived: must "
     "match a schema in anyOf"},
    {"status", R"({"x":1})"},
    {"system-event", R"({"text":7})"},
    {"system-presence", R"([])"},
    {"connect", R"({"minProtocol":1,"maxProtocol":9,"role":"node","commands":["system.run"],
                    "computerUse":{"any":1},"pathEnv":"","permissions":{},"workerRuns":null,
                    "client":{"id":"node-host","version":"1","platform":"linux","mode":"node"}})",
     "at /workerRuns: must be object"},
    {"connect", R"({"minProtocol":3,"maxProtocol":4,"locale":"","userAgent":"",
                    "auth":{"deviceToken":"","bootstrapToken":"","approvalRuntimeToken":"",
                            "agentRuntimeIdentityToken":""},
                    "client":{"id":"moltbot-ios","version":"1","platform":"ios","mode":"worker",
                              "buildId":"b","timeZone":"UTC"}})"},
};

const MethodParams* find_method(std::string_view method) {
    const auto all = method_params();
    const auto found = std::ranges::find(all, method, &MethodParams::method);
    return found == all.end() ? nullptr : &*found;
}

TEST_CASE("methods: what clients send is judged as the table says") {
    for (const Row& row : kRows) {
        INFO(row.method << " " << row.params);
        const MethodParams* method = find_method(row.method);
        REQUIRE(method != nullptr);
        const test::Parsed parsed(row.params);
        CHECK(explain(*method->schema, parsed.value()) == row.wrong);
        CHECK(method->accepts(parsed.value()) == row.wrong.empty());
    }
}

TEST_CASE("methods: every method has a row") {
    std::set<std::string_view> shown;
    for (const Row& row : kRows)
        shown.insert(row.method);
    for (const MethodParams& method : method_params())
        CHECK(shown.contains(method.method));
}

}  // namespace
}  // namespace gw::proto::gateway
