#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Which requests may become WebSockets (RFC 6455 §4.2.1), and what libwebsockets is told of one. It
// accepts upgrades that the standard does not, h2c among them, and reads heads in ways of its own:
// so it never sees what the client wrote, only a request of our making. Pure. Private to net/.

#include <optional>
#include <string>

#include "net/http_reader.h"

namespace gw::net {

// Other upgrades are not known here, and may be passed over (RFC 9110 §7.8).
bool asks_for_websocket(const HttpRequest& request);

// What is wrong with a request that asks for a WebSocket.
std::optional<HttpAnswer> find_upgrade_problem(const HttpHead& head);

// The first subprotocol that the client offers; empty when there is none, or none worth repeating.
std::string offered_subprotocol(const HttpRequest& request);

// The request that the library reads.
std::string upgrade_request(const std::string& key, const std::string& subprotocol);

}  // namespace gw::net
