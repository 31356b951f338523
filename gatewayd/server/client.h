#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Client: one WebSocket connection of an operator or node, from the challenge to the close. First
// it shakes hands (server/handshake.h decides), then its requests are dispatched one after the
// other.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/server/handshake.h"
#include "net/websocket_server.h"

namespace gw::server {

struct Shared;  // what all connections use: server/shared.h

class Client final : public net::SocketOwner {
  public:
    // remote is what is known before the upgrade is answered.
    Client(Shared& shared, Remote remote);
    ~Client() override;

    void on_open(net::Socket& socket) override;
    void on_message(std::span<char> message, net::MessageKind kind) override;
    void on_drained() override;
    void on_closed() override;

    void send(std::string_view frame);
    // The next event: its number goes into the message.
    void send_event(const std::shared_ptr<const net::NumberedText>& message, std::uint64_t seq);
    void close(std::uint16_t code, std::string_view reason);

    [[nodiscard]] const methods::Caller& caller() const { return caller_; }
    [[nodiscard]] std::size_t buffered() const { return socket_ ? socket_->buffered() : 0; }
    [[nodiscard]] std::uint64_t next_seq() { return ++seq_; }

    // Place in the registry's list of ready clients.
    [[nodiscard]] std::optional<std::size_t> ready_index() const { return ready_index_; }
    void set_ready_index(std::optional<std::size_t> index) { ready_index_ = index; }

    // Closes 1000 without a word when the handshake is still not done.
    void on_handshake_deadline();

  private:
    enum class Phase : std::uint8_t { opening, challenged, ready, closing };

    void on_handshake_frame(std::span<char> message, json::Parser::Utf8 utf8);
    void on_connect(std::string_view id_json, json::Value params);
    void admit(const proto::gateway::ConnectParams& params, const Admission& admission,
               std::string_view id_json);
    void note_presence(const proto::gateway::ConnectParams& params, const Admission& admission);
    void refuse(std::string_view id_json, const Refusal& refusal);
    void on_request_frame(std::span<char> message, json::Parser::Utf8 utf8);
    void push_back_if_full();

    Shared& shared_;
    net::Socket* socket_ = nullptr;
    methods::Caller caller_;
    std::uint64_t seq_ = 0;
    std::optional<std::size_t> ready_index_;
    Phase phase_ = Phase::opening;
    bool is_paused_ = false;
    std::string presence_key_;        // empty: no presence entry
    std::unique_ptr<Remote> remote_;  // until the handshake is done
};

}  // namespace gw::server
