#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The handshake's decision: may this client connect, as what, and in which dialect? Pure: takes
// what the client said and what is known about the connection, returns admission or refusal. Order
// of checks, codes and texts: docs/protocol/handshake.md.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "gatewayd/auth/scopes.h"
#include "gatewayd/config/config.h"
#include "gatewayd/methods/dialect.h"
#include "proto/gateway/params.h"

namespace gw::server {

// What is known about a connection before its first message.
struct Remote {
    std::string nonce;        // of the challenge
    std::string ip;           // to show to others; empty for local clients
    bool is_local = false;    // auth::is_local
    bool is_control = false;  // came over the control socket: the kernel vouches for the user
};

struct Admission {
    methods::Dialect dialect;
    auth::Role role = auth::Role::operator_;
    std::vector<std::string_view> scope_names;  // as granted; views of the request or literals
    auth::Scopes scopes;
    std::string_view auth_method;  // "token", "password" or "none" (control socket)
};

struct Refusal {
    std::string_view code = "INVALID_REQUEST";
    std::string message;
    std::string details;  // JSON, may be empty
    std::uint16_t close_code = 1008;
    std::string close_reason;  // the message, when empty
};

std::expected<Admission, Refusal> decide(const proto::gateway::ConnectParams& params,
                                         const Remote& remote, const config::Gateway& gateway,
                                         std::int64_t now_ms);

}  // namespace gw::server
