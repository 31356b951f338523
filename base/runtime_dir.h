#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Where the control socket is: one rule for the gateway that makes it and the clients that look for
// it. GATEWAYD_RUNTIME_DIR, else systemd's RUNTIME_DIRECTORY, else /run/gatewayd for root, else
// $XDG_RUNTIME_DIR/gatewayd, else /tmp/gatewayd-<uid>.

#include <string>

namespace gw::base {

// The path a gateway of this user binds.
std::string control_socket_path();

// The path a client of this user connects to: its own gateway's, unless that does not exist and the
// host's system-wide one does.
std::string find_control_socket();

}  // namespace gw::base
