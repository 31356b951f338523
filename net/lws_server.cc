// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/lws_server.h"

#include <libwebsockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "net/lws_connection.h"
#include "net/lws_context.h"
#include "net/lws_log.h"
#include "net/peer.h"
#include "net/upgrade.h"

namespace gw::net {

namespace {

// One piece of a received message. Larger messages come in several; every connection holds a buffer
// of this size.
constexpr std::size_t kReceiveBytes = 2048;
constexpr std::chrono::seconds kCloseBudget{2};
constexpr unsigned kHeaderSeconds = 15;
constexpr std::size_t kMaxPooled = 64;

// Connections from the network that have not said yet what they want: one stranger with a few
// thousand sockets could use up our descriptors. So whoever has been silent longest makes room;
// those who speak are never among the longest.
constexpr std::size_t kMaxSilent = 1000;
constexpr std::size_t kMaxPooledBytes = 64U * 1024;

const lws_retry_bo_t kNoPings = {
    .retry_ms_table = nullptr,
    .retry_ms_table_count = 0,
    .conceal_count = 0,
    .secs_since_valid_ping = 65535,
    .secs_since_valid_hangup = 0,
    .jitter_percent = 0,
};

LwsServer* server_of(lws* wsi) {
    return static_cast<LwsServer*>(lws_context_user(lws_get_context(wsi)));
}

int on_receive(lws* wsi, LwsConnection& connection, const void* bytes, std::size_t size) {
    return connection.on_fragment({static_cast<const char*>(bytes), size},
                                  lws_is_first_fragment(wsi) != 0, lws_is_final_fragment(wsi) != 0,
                                  lws_frame_is_binary(wsi) != 0, lws_remaining_packet_payload(wsi));
}

// Every callback of the library: find the object, translate, call.
int on_event(lws* wsi, lws_callback_reasons reason, void*, void* in, std::size_t size) {
    auto* connection =
        wsi == nullptr ? nullptr : static_cast<LwsConnection*>(lws_get_opaque_user_data(wsi));
    if (connection == nullptr && reason == LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED) {
        connection = server_of(wsi)->take_adopted();
        lws_set_opaque_user_data(wsi, connection);
    }
    if (connection == nullptr) return 0;
    connection->set_wsi(wsi);
    switch (static_cast<int>(reason)) {
        case LWS_CALLBACK_ESTABLISHED: return connection->on_established();
        case LWS_CALLBACK_RECEIVE: return on_receive(wsi, *connection, in, size);
        case LWS_CALLBACK_SERVER_WRITEABLE: return connection->on_writeable();
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: return connection->on_peer_close();
        case LWS_CALLBACK_RECEIVE_PONG: connection->on_pong(); return 0;
        case LWS_CALLBACK_CLOSED:
        case LWS_CALLBACK_CLOSED_HTTP: connection->on_gone(); return 0;
        case LWS_CALLBACK_WSI_DESTROY:
            connection->on_gone();
            lws_set_opaque_user_data(wsi, nullptr);
            delete connection;
            return 0;
        default: return 0;
    }
}

}  // namespace

Result<std::unique_ptr<WebSocketServer>> WebSocketServer::create(loop::Loop& loop,
                                                                 const Options& options,
                                                                 Events& events) {
    auto server = std::make_unique<LwsServer>(loop, options, events);
    TRY_VOID(server->start());
    return server;
}

LwsServer::LwsServer(loop::Loop& loop, const Options& options, Events& events)
    : loop_(loop),
      options_(options),
      events_(events),
      protocols_(std::make_shared<lws_protocols[]>(2)),
      foreign_loop_(loop.raw()),
      deadline_timer_(loop, [this] { on_deadlines(); }),
      turn_end_(loop, [this] { on_turn_end(); }) {
    deadline_timer_.unref();
}

Result<void> LwsServer::start() {
    route_library_log();
    protocols_[0].name = protocol_name_;
    protocols_[0].callback = on_event;
    protocols_[0].rx_buffer_size = kReceiveBytes;
    protocols_[0].tx_packet_size = 1U
                                   << 20;  // otherwise writes go out in pieces of the receive size

    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);

    lws_context_creation_info info{};
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.protocols = protocols_.get();
    info.options = LWS_SERVER_OPTION_LIBUV;
    info.foreign_loops = &foreign_loop_;
    info.gid = static_cast<gid_t>(-1);
    info.uid = static_cast<uid_t>(-1);
    info.user = this;
    info.retry_and_idle_policy = &kNoPings;
    info.timeout_secs = kHeaderSeconds;
    info.keepalive_timeout = 5;
    // Only requests that we wrote are read by the library, each whole at once.
    info.max_http_header_data = 1024;
    info.max_http_header_pool = 128;
    info.pt_serv_buf_size = 16U * 1024;
    // The library keeps a table of this many pointers.
    info.fd_limit_per_thread = static_cast<unsigned>(std::min<rlim_t>(files.rlim_cur, 65536));
    context_ = lws_create_context(&info);
    if (context_ == nullptr) {
        return fail(Errc::unavailable,
                    "libwebsockets cannot start; is libwebsockets-evlib-uv installed?");
    }
    vhost_ = lws_get_vhost_by_name(context_, "default");
    if (vhost_ == nullptr) return fail(Errc::unavailable, "libwebsockets has no default host");
    return {};
}

LwsServer::~LwsServer() {
    http_.clear();
    // The library lets its sockets go later, when the loop drains; by then there is no server.
    for (LwsConnection* connection : std::exchange(connections_, {})) {
        connection->on_gone();
        connection->orphan();
    }
    if (context_ == nullptr) return;
    protocols_[0].name = "gatewayd";  // the table outlives protocol_name_
    end_context(loop_, context_, protocols_);
}

void LwsServer::adopt(base::Fd fd, Peer::Via via) {
    const int on = 1;
    if (via == Peer::Via::tcp) {
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    const std::uint64_t serial = ++last_serial_;
    Peer peer = peer_of(fd.get(), via);
    // Not make_unique: that one may not see our private base.
    http_[serial].reset(new HttpConnection(loop_, *this, std::move(fd), std::move(peer), serial));
}

void LwsServer::on_upgraded(Upgrade upgrade) {
    auto* connection =
        new LwsConnection(*this, std::move(upgrade.peer), std::move(upgrade.owner), ++last_serial_);
    connection->index = connections_.size();
    connections_.push_back(connection);
    adopted_ = connection;
    offer_subprotocol(upgrade.subprotocol);
    const std::string bytes = upgrade_request(upgrade.key, upgrade.subprotocol) + upgrade.rest;
    lws_adopt_socket_vhost_readbuf(vhost_, upgrade.socket.release(), bytes.data(), bytes.size());
    // The library has closed the descriptor when that failed. If it had made no connection of it,
    // nobody else will end ours.
    if (take_adopted() == nullptr) return;
    connection->on_gone();
    delete connection;
}

void LwsServer::expect_request(HttpConnection& connection) {
    connection.silent_ticket = ++last_ticket_;
    silent_.emplace(last_ticket_, &connection);
    if (silent_.size() > kMaxSilent) silent_.begin()->second->drop();
}

void LwsServer::note_request(HttpConnection& connection) {
    silent_.erase(connection.silent_ticket);
}

void LwsServer::forget(LwsConnection& connection) {
    closing_.erase(connection.serial());
    if (connection.index < connections_.size() && connections_[connection.index] == &connection) {
        connections_[connection.index] = connections_.back();
        connections_[connection.index]->index = connection.index;
        connections_.pop_back();
    }
    if (connection.is_dirty) {
        std::replace(dirty_.begin(), dirty_.end(), &connection,
                     static_cast<LwsConnection*>(nullptr));
        connection.is_dirty = false;
    }
}

std::unique_ptr<std::string> LwsServer::take_buffer() {
    ++taken_;
    if (pool_.empty()) return std::make_unique<std::string>();
    auto buffer = std::move(pool_.back());
    pool_.pop_back();
    return buffer;
}

void LwsServer::give_back(std::unique_ptr<std::string> buffer) {
    --taken_;
    if (pool_.size() >= kMaxPooled || buffer->capacity() > kMaxPooledBytes) return;
    buffer->clear();
    pool_.push_back(std::move(buffer));
}

void LwsServer::mark_dirty(LwsConnection& connection) {
    if (connection.is_dirty) return;
    connection.is_dirty = true;
    dirty_.push_back(&connection);
}

void LwsServer::flush_if_many() {
    if (taken_ > kMaxPooled && dirty_.size() > kMaxPooled) flush();
}

void LwsServer::on_turn_end() {
    settle();
    flush();
}

void LwsServer::settle() {
    // Settling one may bring the next: a request that waited behind an answered one.
    for (std::size_t i = 0; i < unsettled_.size(); ++i) {
        const auto found = http_.find(unsettled_[i]);
        if (found != http_.end() && found->second->settle()) http_.erase(found);
    }
    unsettled_.clear();
}

void LwsServer::flush() {
    LwsConnection* busy = nullptr;
    // Flushing may end a connection, and an owner that learns so may queue for others.
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
        LwsConnection* connection = dirty_[i];
        if (connection == nullptr) continue;
        dirty_[i] = nullptr;
        connection->is_dirty = false;
        if (connection->is_in_callback()) {
            busy = connection;  // more may follow from the same read
        } else {
            connection->flush();
        }
    }
    dirty_.clear();
    if (busy != nullptr) mark_dirty(*busy);
}

void LwsServer::watch_close(LwsConnection& connection) {
    closing_.emplace(connection.serial(), &connection);
    deadlines_.push_back({connection.serial(), loop_.now() + kCloseBudget});
    if (!deadline_timer_.is_running()) deadline_timer_.start(kCloseBudget);
}

void LwsServer::on_deadlines() {
    const base::SteadyTime now = loop_.now();
    while (!deadlines_.empty() && deadlines_.front().at <= now) {
        const std::uint64_t serial = deadlines_.front().serial;
        deadlines_.pop_front();
        if (const auto late = closing_.find(serial); late != closing_.end()) late->second->abort();
    }
    if (deadlines_.empty()) return;
    deadline_timer_.start(
        std::chrono::ceil<std::chrono::milliseconds>(deadlines_.front().at - now));
}

void LwsServer::offer_subprotocol(std::string_view name) {
    const std::string_view shown =
        name.empty() || name.size() >= sizeof protocol_name_ ? "gatewayd" : name;
    std::memcpy(protocol_name_, shown.data(), shown.size());
    protocol_name_[shown.size()] = '\0';
}

}  // namespace gw::net
