#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The WebSocketServer over libwebsockets. Private to net/: everyone else uses websocket_server.h.
//
// How the library is used here, and why (measured on Debian 12):
//  - no extensions, no listening sockets of its own: connections are accepted by loop/, speak HTTP
//    with HttpConnection, and are adopted when they become WebSockets. All that the library reads
//    of HTTP is a request that we wrote (upgrade.h): its own reading lets through what it should
//    not, changes paths, and cannot say which headers there are;
//  - output is framed by us, gathered, and written raw once per loop turn. The library's own way, a
//    writable callback per message, costs four epoll_ctl each;
//  - after a partial write nothing is written until the library says writable; only whole frames
//    are handed to it, so that its own pongs never land inside one of ours;
//  - no timers of its own on established connections: its timers are a sorted list.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "loop/loop.h"
#include "net/http_connection.h"
#include "net/websocket_server.h"

struct lws;
struct lws_context;
struct lws_protocols;
struct lws_vhost;

namespace gw::net {

class LwsConnection;

class LwsServer final : public WebSocketServer, private HttpConnection::Host {
  public:
    LwsServer(loop::Loop& loop, const Options& options, Events& events);
    ~LwsServer() override;

    Result<void> start();

    void adopt(base::Fd connection, Peer::Via via) override;
    [[nodiscard]] std::size_t buffered() const override { return buffered_; }
    [[nodiscard]] std::size_t connections() const override {
        return connections_.size() + http_.size();
    }

    // For LwsConnection.
    [[nodiscard]] const Options& options() const { return options_; }
    void note_buffered(std::ptrdiff_t change) {
        buffered_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(buffered_) + change);
    }
    std::unique_ptr<std::string> take_buffer();
    void give_back(std::unique_ptr<std::string> buffer);
    void mark_dirty(LwsConnection& connection);
    // Does not wait for the turn's end once so many answers are queued that memory would go cold.
    void flush_if_many();
    // Drops the connection two seconds from now, if it is still there.
    void watch_close(LwsConnection& connection);
    void forget(LwsConnection& connection);
    // Where a message is put together so that it can be changed in place.
    std::string& scratch() { return scratch_; }
    // Where a frame is put together just before it is written.
    std::string& frame_scratch() { return frame_scratch_; }

    // For the library's callbacks: the WebSocket that is being made, once.
    LwsConnection* take_adopted() { return std::exchange(adopted_, nullptr); }

  private:
    struct Deadline {
        std::uint64_t serial;
        base::SteadyTime at;
    };

    WebSocketServer::Events& http_events() override { return events_; }
    void on_upgraded(Upgrade upgrade) override;
    void expect_request(HttpConnection& connection) override;
    void note_request(HttpConnection& connection) override;
    void settle_later(std::uint64_t serial) override { unsettled_.push_back(serial); }

    void on_turn_end();
    void settle();
    void flush();
    void offer_subprotocol(std::string_view name);
    void on_deadlines();

    loop::Loop& loop_;
    Options options_;
    Events& events_;
    lws_context* context_ = nullptr;
    lws_vhost* vhost_ = nullptr;
    std::shared_ptr<lws_protocols[]> protocols_;  // shared with end_context
    // The library matches and echoes a subprotocol by the name in its table; ours is whatever the
    // client in question offers first.
    char protocol_name_[64] = "gatewayd";
    void* foreign_loop_ = nullptr;
    std::unordered_map<std::uint64_t, std::unique_ptr<HttpConnection>> http_;  // by serial
    std::vector<std::uint64_t> unsettled_;
    std::map<std::uint64_t, HttpConnection*> silent_;  // those that owe a request, longest first
    std::uint64_t last_ticket_ = 0;
    LwsConnection* adopted_ = nullptr;  // while the library makes a WebSocket of it
    std::vector<LwsConnection*> connections_;
    std::vector<LwsConnection*> dirty_;  // nullptr: went while waiting
    std::vector<std::unique_ptr<std::string>> pool_;
    std::size_t taken_ = 0;  // buffers that are not in the pool
    std::string scratch_;
    std::string frame_scratch_;
    std::size_t buffered_ = 0;
    std::uint64_t last_serial_ = 0;
    std::deque<Deadline> deadlines_;                             // in order
    std::unordered_map<std::uint64_t, LwsConnection*> closing_;  // by serial
    loop::Timer deadline_timer_;
    loop::TurnEnd turn_end_;
};

}  // namespace gw::net
