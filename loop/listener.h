#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Listening sockets, bound at once and accepted from later, so that a port can be held before
// anything else is done. Gives raw descriptors: net makes WebSockets of them, ipc makes links.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "loop/loop.h"

namespace gw::loop {

// Binds and listens: SO_REUSEADDR, non-blocking, close-on-exec. Port 0 lets the kernel choose.
// Errc::already_exists when the address is taken.
Result<base::Fd> listen_tcp(const std::string& address, std::uint16_t port, int backlog = 4096);

// Binds path with the given mode, replacing a socket file nobody listens on.
// Errc::already_exists when somebody does.
Result<base::Fd> listen_unix(const std::string& path, unsigned mode, int backlog = 256);

// The port a TCP socket is bound to.
Result<std::uint16_t> local_port(int fd);

class Listener {
  public:
    // accepted gets each connection as a non-blocking, close-on-exec descriptor. Takes the socket
    // over. When the process runs out of descriptors accepting pauses for 100 ms and one line is
    // logged.
    Listener(Loop& loop, base::Fd socket, std::function<void(base::Fd)> accepted);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

  private:
    struct State;
    State* state_;
};

}  // namespace gw::loop
