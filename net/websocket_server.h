#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// WebSocketServer: HTTP/1.1 and WebSocket (RFC 6455) on connections that listeners accepted. A
// reader of our own takes every HTTP request; a connection that is to become a WebSocket is handed
// to libwebsockets, which is behind this and nobody above knows. It knows no product noun: who may
// connect and what messages mean is decided by the Events and owners given to it.
//
// Output is gathered per connection and flushed once per loop turn. What the kernel does not take
// stays queued and is counted; deciding who is too slow is the owner's business (buffered()).

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "loop/loop.h"
#include "net/http.h"

namespace gw::net {

// One text that goes to many connections, with a number of each connection's own in its middle.
struct NumberedText {
    std::string head;
    std::string tail;  // after the number
};

// One established WebSocket, as its owner holds it. Belongs to the server; valid from on_open until
// on_closed.
class Socket {
  public:
    virtual ~Socket() = default;

    // Queues one text message. Never fails: after close() it is dropped.
    virtual void send_text(std::string_view message) = 0;
    // The same for a message that many get: it is put together only when it is handed to the
    // kernel, and kept once for all who have to wait for that.
    virtual void send_numbered(const std::shared_ptr<const NumberedText>& message,
                               std::uint64_t number) = 0;
    virtual void send_ping() = 0;

    // Queues a close frame behind what is queued (reason cut at 123 bytes of UTF-8); input is
    // ignored from now on. The connection is dropped when the peer has answered or after two
    // seconds.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;

    // Drops the connection now, without a close frame; on_closed comes later in this turn.
    virtual void abort() = 0;

    // Bytes queued here and not yet taken by the kernel.
    [[nodiscard]] virtual std::size_t buffered() const = 0;
    [[nodiscard]] virtual const Peer& peer() const = 0;

    // A larger message closes 1009 with an empty reason.
    virtual void set_max_message(std::size_t bytes) = 0;

    // Stops and resumes taking messages from the peer.
    virtual void pause() = 0;
    virtual void resume() = 0;
};

// What a message was sent as. A text is valid UTF-8.
enum class MessageKind { text, binary };

// What one connection means to somebody. Made at the upgrade, owned by the server, destroyed after
// on_closed. on_closed may come without on_open.
class SocketOwner {
  public:
    virtual ~SocketOwner() = default;
    virtual void on_open(Socket& socket) = 0;
    // One whole text or binary message; may be changed in place, and message.data()[message.size()]
    // is writable. Invalid UTF-8 in a text message closes 1007 before it gets here.
    virtual void on_message(std::span<char> message, MessageKind kind) = 0;
    virtual void on_pong() {}
    // Everything queued has been taken by the kernel, after some of it had to wait.
    virtual void on_drained() {}
    virtual void on_closed() = 0;
};

class WebSocketServer {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        // A well-formed WebSocket upgrade: an owner accepts it, an answer refuses it.
        virtual std::expected<std::unique_ptr<SocketOwner>, HttpAnswer> on_upgrade(
            const HttpRequest& request) = 0;
        // Any other request, once its head was read: answered at once, its body unread, or taken
        // by an owner.
        virtual HttpDecision on_http(const HttpRequest& request) = 0;
    };

    struct Options {
        std::size_t max_message = 64 * 1024;  // until set_max_message
    };

    static Result<std::unique_ptr<WebSocketServer>> create(loop::Loop& loop, const Options& options,
                                                           Events& events);
    virtual ~WebSocketServer() = default;  // drops every connection; on_closed is called for each

    // Takes over an accepted connection.
    virtual void adopt(base::Fd connection, Peer::Via via) = 0;

    // Bytes queued over all WebSockets.
    [[nodiscard]] virtual std::size_t buffered() const = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
};

}  // namespace gw::net
