#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// WebSocketClient: one outgoing WebSocket, over TCP or a Unix socket. Used by the command line and
// by workers whose provider speaks WebSocket.

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "loop/loop.h"

namespace gw::net {

struct WebSocketTarget {
    std::string unix_path;  // set: connect here
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string path = "/";
    std::string user_agent;
    std::chrono::milliseconds connect_deadline{5000};
    std::size_t max_message = 32U << 20;
};

class WebSocketClient {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        virtual void on_open() = 0;
        virtual void on_message(std::span<char> message) = 0;  // as SocketOwner::on_message
        // Once: could not connect (before on_open), closed by the peer (code and reason it gave,
        // 1006 without), or failed.
        virtual void on_closed(std::uint16_t code, std::string_view reason) = 0;
    };

    static Result<std::unique_ptr<WebSocketClient>> connect(loop::Loop& loop,
                                                            const WebSocketTarget& target,
                                                            Events& events);
    virtual ~WebSocketClient() = default;  // drops the connection; no event comes afterwards

    virtual void send_text(std::string_view message) = 0;
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
};

}  // namespace gw::net
