#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// One accepted connection while it speaks HTTP: requests in, one after the other, answers out in
// that order. It ends as a closed connection, or by being handed over as a WebSocket. Owned by the
// server. Private to net/.
//
//   head → (body → waiting →) answered → head … | closing → over | upgrade
//
// Who is slow is dropped: 10 s for a head, 10 s for a body, 5 s between requests, 2 s to take the
// last answer of a connection; who takes an answer piece by piece gets 5 s for each, six times.
// Nobody gets answers to further requests while much is not taken of the earlier ones.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "loop/loop.h"
#include "loop/stream.h"
#include "net/http_reader.h"
#include "net/websocket_server.h"

namespace gw::net {

// What is left of a connection that becomes a WebSocket.
struct Upgrade {
    base::Fd socket;
    Peer peer;
    std::string key;          // Sec-WebSocket-Key, checked
    std::string subprotocol;  // the first that the client offers; may be empty
    std::string rest;         // what the client sent behind its request
    std::unique_ptr<SocketOwner> owner;
};

class HttpConnection final : public HttpExchange, private loop::Stream::Events {
  public:
    class Host {
      public:
        virtual ~Host() = default;
        virtual WebSocketServer::Events& http_events() = 0;
        virtual void on_upgraded(Upgrade upgrade) = 0;
        // The connection owes a request; too many that do, and the one that does longest is
        // dropped.
        virtual void expect_request(HttpConnection& connection) = 0;
        // It has said what it wants, or goes.
        virtual void note_request(HttpConnection& connection) = 0;
        // Call settle() at the end of this turn.
        virtual void settle_later(std::uint64_t serial) = 0;
    };

    HttpConnection(loop::Loop& loop, Host& host, base::Fd socket, Peer peer, std::uint64_t serial);
    ~HttpConnection() override;

    void answer(const HttpAnswer& answer) override;

    // Goes on with what was left to the end of the turn. True: the connection is over, destroy it.
    bool settle();

    // Makes room for others; without an answer.
    void drop() { end(); }

    std::uint64_t silent_ticket = 0;  // its place among those that owe a request

  private:
    enum class Phase { head, body, waiting, closing, over };

    void on_data(base::ByteView bytes) override;
    void on_closed(const Error& reason) override;
    void on_drained() override;
    void on_deadline();

    void process();
    bool read_head();
    bool read_body();
    void on_head(HttpHead head);
    void take_body(std::unique_ptr<HttpOwner> owner);
    void upgrade();
    void write(const HttpAnswer& answer, bool keeps_alive);
    void refuse(const HttpProblem& problem);
    void await_request();
    void await_next();
    void close_softly();
    void end();
    // Too much that was answered is not taken yet.
    [[nodiscard]] bool is_behind() const;
    // Answers are being taken, and have been since this was last asked.
    bool is_taking();

    Host& host_;
    Peer peer_;
    std::uint64_t serial_;
    Phase phase_ = Phase::head;
    std::string input_;  // not looked at yet
    std::size_t discarded_ = 0;
    std::size_t untaken_ = 0;  // of the answers, when it was last looked
    int extensions_left_ = 0;
    std::optional<HttpHead> head_;  // of the present request
    std::optional<HttpBody> body_;
    std::unique_ptr<HttpOwner> owner_;
    std::unique_ptr<HttpOwner> answered_;  // may be what is calling us
    bool is_processing_ = false;
    loop::Timer deadline_;
    std::unique_ptr<loop::Stream> stream_;
};

}  // namespace gw::net
