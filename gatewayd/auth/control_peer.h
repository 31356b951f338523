#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Who may use the control socket: there the kernel says who is calling, and that replaces token and
// pairing. Admitted: the gateway's own user, root, members of gateway.control.group. Refused,
// whoever the user is: processes in another user or PID namespace (a container's root is not ours),
// and every descendant of this gateway: what the gateway started must not approve its own requests.
// The gateway is a subreaper, so ancestry cannot be shed.

#include <string>

#include "base/result.h"
#include "net/websocket_server.h"

namespace gw::auth {

class ControlPeers {
  public:
    // Resolves the group (empty: none). Errc::not_found when there is no such group.
    static Result<ControlPeers> create(const std::string& group);

    // Nothing when admitted; otherwise Errc::permission_denied with what to say in the log and to
    // the caller.
    [[nodiscard]] Result<void> admit(const net::Peer& peer) const;

    [[nodiscard]] bool has_group() const { return has_group_; }
    [[nodiscard]] unsigned gid() const { return gid_; }

  private:
    unsigned gid_ = 0;
    bool has_group_ = false;
};

}  // namespace gw::auth
