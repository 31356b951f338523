#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// FrontDoor: the listening sockets and everything that is connected to them. Decides who may
// upgrade to a WebSocket, makes a Client of each, answers HTTP, watches the handshakes' deadlines.

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/fd.h"
#include "gatewayd/auth/control_peer.h"
#include "gatewayd/server/clients.h"
#include "gatewayd/server/http_routes.h"
#include "gatewayd/server/shared.h"
#include "loop/listener.h"
#include "loop/loop.h"
#include "net/websocket_server.h"

namespace gw::server {

// Sockets bound before anything else was done.
struct BoundSockets {
    base::Fd tcp;
    base::Fd tcp6;  // ::1 beside 127.0.0.1; may be absent
    base::Fd control;
    std::uint16_t port = 0;
};

class FrontDoor final : private net::WebSocketServer::Events {
  public:
    static Result<std::unique_ptr<FrontDoor>> create(loop::Loop& loop, const base::Clock& clock,
                                                     const config::Config& config,
                                                     methods::Services& services, Clients& clients,
                                                     observe::Metrics& metrics,
                                                     auth::ControlPeers control_peers);
    ~FrontDoor() override;

    // Begins to accept.
    void open(BoundSockets sockets);
    // Readiness for /readyz and /startupz. While a write waits too long for its commit, /readyz
    // says no all the same.
    void set_readiness(const Readiness& readiness) { readiness_ = readiness; }

    // Accepts no more and closes every connection with 1012 "service restart".
    void close();
    [[nodiscard]] bool is_empty() const;

  private:
    struct Deadline {
        std::uint64_t connection;
        base::SteadyTime at;
    };

    FrontDoor(loop::Loop& loop, const base::Clock& clock, const config::Config& config,
              methods::Services& services, Clients& clients, observe::Metrics& metrics,
              auth::ControlPeers control_peers);

    std::expected<std::unique_ptr<net::SocketOwner>, net::HttpAnswer> on_upgrade(
        const net::HttpRequest& request) override;
    net::HttpDecision on_http(const net::HttpRequest& request) override;
    void watch(std::uint64_t connection);
    void on_deadlines();
    void register_metrics();

    loop::Loop& loop_;
    Clients& clients_;
    observe::Metrics& metrics_;
    auth::ControlPeers control_peers_;
    Hello hello_;
    Shared shared_;
    std::uint16_t port_ = 0;
    Readiness readiness_;
    std::deque<Deadline> deadlines_;  // in order
    loop::Timer deadline_timer_;
    std::unique_ptr<net::WebSocketServer> server_;
    std::vector<std::unique_ptr<loop::Listener>> listeners_;
};

}  // namespace gw::server
