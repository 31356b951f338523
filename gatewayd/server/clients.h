#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Clients: every connection that completed its handshake, and what is told to all of them. Answers
// of requests find their connection here; the number that names a connection is never used again.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gatewayd/methods/request.h"
#include "gatewayd/server/event.h"

namespace gw::net {
class WebSocketServer;
}

namespace gw::server {

class Client;

struct FanOutStats {
    std::uint64_t delivered = 0;
    std::uint64_t dropped = 0;      // events a slow client did not get
    std::uint64_t closed_slow = 0;  // clients closed with 1008 "slow consumer"
};

class Clients final : public methods::AnswerSink {
  public:
    // What may be queued over all clients; beyond it whoever holds much counts as slow.
    static constexpr std::size_t kMaxBufferedTotal = 64U << 20;
    static constexpr std::size_t kSlowWhenCrowded = 256U << 10;

    // Reserves a number for a connection that is still shaking hands.
    std::uint64_t add(Client& client);
    void remove(std::uint64_t connection);

    // From now on the client takes part in broadcasts.
    void mark_ready(Client& client);

    void answer(std::uint64_t connection, std::string_view frame) override;

    void broadcast(const Event& event);

    // The time for its handshake is over.
    void on_handshake_deadline(std::uint64_t connection);

    // A close frame to every connection, ready or not.
    void close_all(std::uint16_t code, std::string_view reason);

    [[nodiscard]] std::size_t ready_count() const { return ready_.size(); }
    [[nodiscard]] std::size_t count() const { return in_use_; }
    [[nodiscard]] const FanOutStats& stats() const { return stats_; }

    void set_server(const net::WebSocketServer& server) { server_ = &server; }

  private:
    struct Slot {
        Client* client = nullptr;
        std::uint32_t generation = 0;
    };
    [[nodiscard]] Client* find(std::uint64_t connection) const;

    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<Client*> ready_;
    std::size_t in_use_ = 0;
    const net::WebSocketServer* server_ = nullptr;
    FanOutStats stats_;
};

}  // namespace gw::server
