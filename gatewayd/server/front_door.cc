// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/server/front_door.h"

#include "base/ids.h"
#include "base/log.h"
#include "gatewayd/auth/locality.h"
#include "gatewayd/channels/channels.h"
#include "gatewayd/server/client.h"
#include "store/patience.h"
#include "store/store.h"

namespace gw::server {

namespace {

constexpr std::chrono::seconds kHandshakeBudget{15};

// What any client may send before it has shown who it is.
constexpr std::size_t kMaxHandshakeMessage = 64U * 1024;

net::HttpAnswer refusal(int status, std::string_view text) {
    return {status, "text/plain; charset=utf-8", std::string(text), {}};
}

}  // namespace

Result<std::unique_ptr<FrontDoor>> FrontDoor::create(loop::Loop& loop, const base::Clock& clock,
                                                     const config::Config& config,
                                                     methods::Services& services, Clients& clients,
                                                     observe::Metrics& metrics,
                                                     auth::ControlPeers control_peers) {
    std::unique_ptr<FrontDoor> door(
        new FrontDoor(loop, clock, config, services, clients, metrics, control_peers));
    net::WebSocketServer::Options options;
    options.max_message = kMaxHandshakeMessage;
    TRY(door->server_, net::WebSocketServer::create(loop, options, *door));
    clients.set_server(*door->server_);
    door->register_metrics();
    return door;
}

FrontDoor::FrontDoor(loop::Loop& loop, const base::Clock& clock, const config::Config& config,
                     methods::Services& services, Clients& clients, observe::Metrics& metrics,
                     auth::ControlPeers control_peers)
    : loop_(loop),
      clients_(clients),
      metrics_(metrics),
      control_peers_(control_peers),
      hello_(config, clock, services.presence, services.health),
      shared_{config, clock, services, clients, hello_, {}, {}, {}, {}, 0},
      deadline_timer_(loop, [this] { on_deadlines(); }) {}

FrontDoor::~FrontDoor() = default;

void FrontDoor::open(BoundSockets sockets) {
    port_ = sockets.port;
    const auto listen = [this](base::Fd socket, net::Peer::Via via) {
        if (!socket.is_open()) return;
        listeners_.push_back(std::make_unique<loop::Listener>(
            loop_, std::move(socket),
            [this, via](base::Fd connection) { server_->adopt(std::move(connection), via); }));
    };
    listen(std::move(sockets.tcp), net::Peer::Via::tcp);
    listen(std::move(sockets.tcp6), net::Peer::Via::tcp);
    listen(std::move(sockets.control), net::Peer::Via::control);
}

void FrontDoor::close() {
    readiness_.is_ready = false;
    listeners_.clear();
    clients_.close_all(1012, "service restart");
}

bool FrontDoor::is_empty() const {
    return server_->connections() == 0;
}

std::expected<std::unique_ptr<net::SocketOwner>, net::HttpAnswer> FrontDoor::on_upgrade(
    const net::HttpRequest& request) {
    if (!readiness_.is_started) return std::unexpected(refusal(503, "Starting, try again"));
    if (request.path == "/__openclaw__/ws") {
        return std::unexpected(refusal(404, "There is no canvas here"));
    }
    Remote remote;
    remote.is_control = request.peer.via == net::Peer::Via::control;
    if (remote.is_control) {
        if (const auto admitted = control_peers_.admit(request.peer); !admitted) {
            log::warn("server", "control connection refused",
                      {{"uid", request.peer.uid},
                       {"pid", request.peer.pid},
                       {"reason", admitted.error().message}});
            return std::unexpected(refusal(403, admitted.error().message));
        }
    } else {
        const auto origin = request.find_header("origin");
        const config::Gateway& gateway = shared_.config.gateway;
        if (!auth::is_origin_allowed(origin,
                                     {port_, gateway.bind_address, &gateway.allowed_origins})) {
            log::warn("server", "origin refused",
                      {{"origin", *origin}, {"address", request.peer.address}});
            return std::unexpected(
                refusal(403, "Origin not allowed; add it to gateway.controlUi.allowedOrigins"));
        }
    }
    remote.is_local = auth::is_local(request);
    if (!remote.is_local && !auth::is_loopback(request.peer.address)) {
        remote.ip = request.peer.address;
    }
    remote.nonce = base::new_uuid();
    auto client = std::make_unique<Client>(shared_, std::move(remote));
    watch(client->caller().connection);
    return client;
}

net::HttpDecision FrontDoor::on_http(const net::HttpRequest& request) {
    if (request.peer.via == net::Peer::Via::control) {
        if (const auto admitted = control_peers_.admit(request.peer); !admitted) {
            return refusal(403, admitted.error().message);
        }
    }
    const bool is_public = request.peer.via == net::Peer::Via::tcp;
    if (is_public && readiness_.is_started) {
        if (auto taken = shared_.services.channels.take_http(request)) return std::move(*taken);
    }
    Readiness readiness = readiness_;
    if (shared_.services.store.oldest_write_age() > store::kSlowCommit) readiness.is_ready = false;
    return answer_http(request, shared_.config.gateway, readiness, metrics_);
}

void FrontDoor::watch(std::uint64_t connection) {
    deadlines_.push_back({connection, loop_.now() + kHandshakeBudget});
    if (!deadline_timer_.is_running()) deadline_timer_.start(kHandshakeBudget);
}

void FrontDoor::on_deadlines() {
    // All budgets are the same, so the queue is in order. A connection that has finished its
    // handshake, or is gone, does nothing here.
    const base::SteadyTime now = loop_.now();
    while (!deadlines_.empty() && deadlines_.front().at <= now) {
        clients_.on_handshake_deadline(deadlines_.front().connection);
        deadlines_.pop_front();
    }
    if (deadlines_.empty()) return;
    deadline_timer_.start(
        std::chrono::ceil<std::chrono::milliseconds>(deadlines_.front().at - now));
}

void FrontDoor::register_metrics() {
    metrics_.gauge("gatewayd_connections", "Connections on all sockets.",
                   [this] { return static_cast<double>(server_->connections()); });
    metrics_.gauge("gatewayd_clients", "Clients that completed their handshake.",
                   [this] { return static_cast<double>(clients_.ready_count()); });
    metrics_.gauge("gatewayd_buffered_bytes", "Output that clients have not taken yet.",
                   [this] { return static_cast<double>(server_->buffered()); });
    const auto counters = [this](std::string_view name, std::string_view help, auto read) {
        metrics_.samples(name, help, "counter", [this, read] {
            return std::vector<observe::Sample>{{{}, static_cast<double>(read(*this))}};
        });
    };
    counters("gatewayd_requests_total", "Requests of clients.",
             [](const FrontDoor& door) { return door.shared_.requests; });
    counters("gatewayd_handshakes_admitted_total", "Handshakes that ended with hello-ok.",
             [](const FrontDoor& door) { return door.shared_.handshakes.admitted; });
    counters("gatewayd_handshakes_refused_total", "Handshakes that were refused.",
             [](const FrontDoor& door) { return door.shared_.handshakes.refused; });
    counters("gatewayd_handshakes_timed_out_total", "Handshakes that took too long.",
             [](const FrontDoor& door) { return door.shared_.handshakes.timed_out; });
    counters("gatewayd_events_delivered_total", "Events queued for clients.",
             [](const FrontDoor& door) { return door.clients_.stats().delivered; });
    counters("gatewayd_events_dropped_total", "Events that slow clients did not get.",
             [](const FrontDoor& door) { return door.clients_.stats().dropped; });
    counters("gatewayd_slow_consumers_closed_total", "Clients closed because they read too slowly.",
             [](const FrontDoor& door) { return door.clients_.stats().closed_slow; });
}

}  // namespace gw::server
