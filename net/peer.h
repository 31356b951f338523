#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Who is at the other end of a socket, as the kernel says. Private to net/.

#include "net/websocket_server.h"

namespace gw::net {

Peer peer_of(int fd, Peer::Via via);

}  // namespace gw::net
