// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/server/http_routes.h"

#include <strings.h>

#include "gatewayd/auth/shared_secret.h"

namespace gw::server {

namespace {

net::HttpAnswer json_answer(int status, std::string body) {
    return {status, "application/json; charset=utf-8", std::move(body), {}};
}

// The bearer token is the gateway's shared secret, which may do everything, reading included. On
// the control socket the kernel has vouched for the caller.
bool may_read(const net::HttpRequest& request, const config::Gateway& gateway) {
    if (request.peer.via == net::Peer::Via::control) return true;
    constexpr std::string_view kBearer = "Bearer ";
    const auto header = request.find_header("authorization");
    // A scheme's name has no case (RFC 9110 §11.1).
    if (!header || header->size() < kBearer.size() ||
        ::strncasecmp(header->data(), kBearer.data(), kBearer.size()) != 0) {
        return false;
    }
    const std::string_view secret = std::string_view(*header).substr(kBearer.size());
    return auth::judge(gateway, {secret, secret}) == auth::SecretVerdict::ok;
}

}  // namespace

net::HttpAnswer answer_http(const net::HttpRequest& request, const config::Gateway& gateway,
                            const Readiness& readiness, const observe::Metrics& metrics) {
    const std::string_view path = request.path;
    const bool is_known = path == "/health" || path == "/healthz" || path == "/ready" ||
                          path == "/readyz" || path == "/startup" || path == "/startupz" ||
                          path == "/metrics";
    if (!is_known) return json_answer(404, R"({"ok":false,"error":"not found"})");
    if (request.method != "GET" && request.method != "HEAD") {
        net::HttpAnswer answer = json_answer(405, R"({"ok":false,"error":"method not allowed"})");
        answer.headers.push_back({"Allow", "GET, HEAD"});
        return answer;
    }
    if (path.starts_with("/health")) return json_answer(200, R"({"ok":true,"status":"live"})");
    if (path.starts_with("/ready")) {
        return readiness.is_ready ? json_answer(200, R"({"ready":true})")
                                  : json_answer(503, R"({"ready":false})");
    }
    if (path.starts_with("/startup")) {
        return readiness.is_started ? json_answer(200, R"({"ok":true,"status":"started"})")
                                    : json_answer(503, R"({"ok":false,"status":"starting"})");
    }
    if (!may_read(request, gateway)) {
        return json_answer(401, R"({"ok":false,"error":"unauthorized: send the gateway token as )"
                                R"(Authorization: Bearer, or ask over the control socket"})");
    }
    return {200, "text/plain; version=0.0.4; charset=utf-8", metrics.render(), {}};
}

}  // namespace gw::server
