// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/server/handshake.h"

#include <doctest/doctest.h>

#include "base/json.h"

using namespace gw;

namespace {

// A key pair with published signatures: seed 01 02 … 20.
constexpr const char* kKey = "ebVWLo_mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQ";
constexpr const char* kDevice = "65b60673d6ed884bf01c2c222d82ada0740f29ac3355d6a925c81f17f47a27b8";
constexpr const char* kNonce = "00000000-0000-4000-8000-000000000000";
constexpr std::int64_t kSignedAt = 1769731200000;
constexpr const char* kSignatureV1 =
    "l5fZPrlZdpdysDXl29hIFiphMB54j8b_Mlwbam4zYZttsBuFy8p7KT2kVhNfsTuqVb5RXvD8s3hmpqzg2z7yBA";
constexpr const char* kSignatureV2 =
    "AwRTVZXEJwaGd-9aI6hXdfImGVN6xh5Pch45rI_CBobyxDlopKUeigXaDOor26BOtMa-HvsYr6_4CCbD0XHfAw";

struct Case {
    json::Parser parser;
    server::Remote remote{kNonce, "", true, false};
    config::Gateway gateway;
    std::int64_t now_ms = kSignedAt;

    Case() { gateway.token = base::Secret("secret"); }

    std::expected<server::Admission, server::Refusal> decide(const std::string& text) {
        const auto value = parser.parse(text);
        REQUIRE(value);
        const auto params = proto::gateway::parse_connect(*value);
        REQUIRE_MESSAGE(params, params.error().message);
        return server::decide(*params, remote, gateway, now_ms);
    }
};

std::string connect(int low, int high, const std::string& more,
                    const std::string& client = R"("id":"test","mode":"test")") {
    return R"({"minProtocol":)" + std::to_string(low) + R"(,"maxProtocol":)" +
           std::to_string(high) + R"(,"client":{"version":"1","platform":"linux",)" + client + "}" +
           more + "}";
}

std::string device(const char* signature, const std::string& nonce,
                   const std::string& id = kDevice) {
    return R"(,"scopes":["operator.admin","operator.approvals","operator.pairing"],"auth":{"token":"secret"},"device":{"id":")" +
           id + R"(","publicKey":")" + kKey + R"(","signature":")" + signature +
           R"(","signedAt":)" + std::to_string(kSignedAt) +
           (nonce.empty() ? "" : R"(,"nonce":")" + nonce + '"') + "}";
}

constexpr const char* kCli = R"("id":"cli","mode":"cli")";
constexpr const char* kToken = R"(,"auth":{"token":"secret"})";

}  // namespace

TEST_CASE("handshake: the highest protocol both sides speak is chosen") {
    Case c;
    CHECK(c.decide(connect(3, 3, kToken))->dialect.protocol() == 3);
    CHECK(c.decide(connect(4, 4, kToken))->dialect.protocol() == 4);
    CHECK(c.decide(connect(1, 9, kToken))->dialect.protocol() == 4);
}

TEST_CASE("handshake: ranges that do not meet are a protocol mismatch, closed 1002") {
    Case c;
    for (const auto& [low, high] : {std::pair{1, 2}, {5, 9}, {4, 3}}) {
        const auto refused = c.decide(connect(low, high, kToken));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message == "protocol mismatch");
        CHECK(refused.error().close_code == 1002);
        CHECK(refused.error().details.find(R"("expectedProtocol":4)") != std::string::npos);
    }
}

TEST_CASE("handshake: only operators and nodes exist") {
    Case c;
    CHECK(c.decide(connect(3, 3, R"(,"role":"king","auth":{"token":"secret"})")).error().message ==
          "invalid role");
    CHECK(c.decide(connect(3, 3, R"(,"role":"node","auth":{"token":"secret"})"))->role ==
          auth::Role::node);
}

TEST_CASE("handshake: without device and secret the identity is required") {
    Case c;
    const auto refused = c.decide(connect(4, 4, ""));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "NOT_PAIRED");
    CHECK(refused.error().message == "device identity required");
}

TEST_CASE("handshake: the wrong token is refused with a hint that fits the client") {
    Case c;
    const std::string wrong = R"(,"auth":{"token":"no"})";
    CHECK(c.decide(connect(3, 3, wrong)).error().message ==
          "unauthorized: gateway token mismatch (provide gateway auth token)");
    CHECK(c.decide(connect(3, 3, wrong, kCli)).error().message ==
          "unauthorized: gateway token mismatch (set gateway.remote.token to match "
          "gateway.auth.token)");
    CHECK(c.decide(connect(4, 4, wrong)).error().details.find("AUTH_TOKEN_MISMATCH") !=
          std::string::npos);
}

TEST_CASE("handshake: the mode of the gateway decides which secret is meant, not the field") {
    Case c;
    CHECK(c.decide(connect(4, 4, R"(,"auth":{"password":"secret"})")));
    c.gateway.auth_mode = config::AuthMode::password;
    c.gateway.password = base::Secret("pässword");
    CHECK(c.decide(connect(3, 3, R"(,"auth":{"password":"pässword"})")));
    CHECK(c.decide(connect(3, 3, R"(,"auth":{"password":"passwordd"})")).error().message ==
          "unauthorized: gateway password mismatch (provide gateway auth password)");
}

TEST_CASE("handshake: signatures of version 1 pass for local clients at protocol 3 only") {
    Case c;
    CHECK(c.decide(connect(3, 3, device(kSignatureV1, ""), kCli)));
    CHECK(c.decide(connect(4, 4, device(kSignatureV1, ""), kCli)).error().message ==
          "device nonce required");
    c.remote.is_local = false;
    CHECK(c.decide(connect(3, 3, device(kSignatureV1, ""), kCli)).error().message ==
          "device nonce required");
}

TEST_CASE("handshake: signatures of version 2 pass at both protocols, near or far") {
    Case c;
    for (const bool is_local : {true, false}) {
        c.remote.is_local = is_local;
        CHECK(c.decide(connect(3, 3, device(kSignatureV2, kNonce), kCli)));
        CHECK(c.decide(connect(4, 4, device(kSignatureV2, kNonce), kCli)));
    }
}

TEST_CASE("handshake: a device must prove what it claims, in the documented order") {
    Case c;
    const auto message = [&c](const std::string& text) { return c.decide(text).error().message; };
    CHECK(message(connect(3, 3, device(kSignatureV2, kNonce, std::string(64, 'a')), kCli)) ==
          "device identity mismatch");
    CHECK(message(connect(3, 3, device(kSignatureV2, "other"), kCli)) == "device nonce mismatch");
    CHECK(message(connect(3, 3, device(kSignatureV1, kNonce), kCli)) == "device signature invalid");
    // Signed for cli, presented by another client.
    CHECK(message(connect(3, 3, device(kSignatureV2, kNonce))) == "device signature invalid");
    c.now_ms = kSignedAt + 600'001;
    CHECK(message(connect(3, 3, device(kSignatureV2, kNonce), kCli)) == "device signature expired");
    c.now_ms = kSignedAt - 120'001;
    CHECK(message(connect(4, 4, device(kSignatureV2, kNonce), kCli)) == "device signature expired");
}

TEST_CASE("handshake: the proof is judged before the secret") {
    Case c;
    c.gateway.token = base::Secret("another");
    CHECK(c.decide(connect(3, 3, device(kSignatureV1, kNonce), kCli)).error().message ==
          "device signature invalid");
    CHECK(c.decide(connect(3, 3, device(kSignatureV2, kNonce), kCli))
              .error()
              .message.starts_with("unauthorized: gateway token mismatch"));
}

TEST_CASE("handshake: no scopes means admin at protocol 3 and none at 4") {
    Case c;
    CHECK(c.decide(connect(3, 3, kToken))->scopes.allows(auth::Scope::admin));
    CHECK(c.decide(connect(4, 4, kToken, kCli))->scopes.is_empty());
    CHECK(
        c.decide(connect(3, 3, R"(,"role":"node","auth":{"token":"secret"})"))->scopes.is_empty());
}

TEST_CASE("handshake: without a device only the host's own programs keep scopes at protocol 4") {
    Case c;
    const std::string read = R"(,"scopes":["operator.read"],"auth":{"token":"secret"})";
    CHECK(c.decide(connect(4, 4, read, kCli))->scopes.allows(auth::Scope::read));
    CHECK(c.decide(connect(4, 4, read, R"("id":"gateway-client","mode":"backend")"))
              ->scopes.allows(auth::Scope::read));
    CHECK(c.decide(connect(4, 4, read))->scopes.is_empty());
    CHECK(c.decide(connect(3, 3, read))->scopes.allows(auth::Scope::read));
    c.remote.is_local = false;
    CHECK(c.decide(connect(4, 4, read, kCli))->scopes.is_empty());
}

TEST_CASE("handshake: a narrower request is honoured") {
    Case c;
    const auto admitted =
        c.decide(connect(4, 4, R"(,"scopes":["operator.read"],"auth":{"token":"secret"})", kCli));
    REQUIRE(admitted);
    CHECK_FALSE(admitted->scopes.allows(auth::Scope::write));
    CHECK_FALSE(admitted->scopes.allows(auth::Scope::admin));
}

TEST_CASE("handshake: the control socket needs neither secret nor device") {
    Case c;
    c.remote.is_control = true;
    const auto admitted = c.decide(connect(4, 4, R"(,"scopes":["operator.admin"])", kCli));
    REQUIRE(admitted);
    CHECK(admitted->scopes.allows(auth::Scope::admin));
}

TEST_CASE("handshake: a control UI without device is refused even with the token") {
    Case c;
    CHECK(c.decide(connect(3, 3, kToken, R"("id":"openclaw-control-ui","mode":"ui")"))
              .error()
              .message == "control ui requires HTTPS or localhost (secure context)");
}
