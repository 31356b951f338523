#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Where a connection comes from, decided in one place: whether it is local (same host, not through
// a proxy), and whether a browser page may speak to this gateway. Tables:
// docs/protocol/handshake.md.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/websocket_server.h"

namespace gw::auth {

// 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view address);

// All three: the peer's address is loopback, the Host header names loopback, and no forwarding
// header is present. The control socket is always local.
bool is_local(const net::HttpRequest& request);

// The host part of a Host header, lower-case, without port and brackets.
std::string host_name(std::string_view host_header);

// Whether the Origin header of an upgrade is acceptable: absent, one of the gateway's own origins
// (a loopback name or the address it is bound to, with its own port), or configured.
struct OriginRules {
    std::uint16_t port = 0;
    std::string_view bind_address;
    const std::vector<std::string>* allowed = nullptr;
};
bool is_origin_allowed(const std::optional<std::string>& origin, const OriginRules& rules);

}  // namespace gw::auth
