#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// One WebSocket of LwsServer, from its upgrade to the library's last word about it. Private to
// net/.

#include <memory>
#include <string>
#include <vector>

#include "net/websocket_server.h"
#include "net/ws_frame.h"

struct lws;

namespace gw::net {

class LwsServer;

class LwsConnection final : public Socket {
  public:
    LwsConnection(LwsServer& server, Peer peer, std::unique_ptr<SocketOwner> owner,
                  std::uint64_t serial);
    ~LwsConnection() override;

    void set_wsi(lws* wsi) { wsi_ = wsi; }

    // What the library reports; each returns what its callback returns (not 0: drop).
    int on_established();
    int on_fragment(std::span<const char> bytes, bool is_first, bool is_final, bool is_binary,
                    std::size_t remaining);
    int on_writeable();
    int on_peer_close();
    void on_pong();
    // The library is done with the socket. The object goes when its server lets it.
    void on_gone();

    // Hands what is queued to the kernel, as much as it takes.
    void flush();

    // The library is below us on the stack: it must not be called about this connection now.
    [[nodiscard]] bool is_in_callback() const { return in_callback_; }

    // Forgets the server, which is going away.
    void orphan() { server_ = nullptr; }

    void send_text(std::string_view message) override;
    void send_numbered(const std::shared_ptr<const NumberedText>& message,
                       std::uint64_t number) override;
    void send_ping() override;
    void close(std::uint16_t code, std::string_view reason) override;
    void abort() override;
    [[nodiscard]] std::size_t buffered() const override;
    [[nodiscard]] const Peer& peer() const override { return peer_; }
    void set_max_message(std::size_t bytes) override { max_message_ = bytes; }
    void pause() override;
    void resume() override;

    [[nodiscard]] std::uint64_t serial() const { return serial_; }

    // Places in the server's lists.
    std::size_t index = 0;
    bool is_dirty = false;

  private:
    enum class Phase : std::uint8_t { upgrading, open, closing, gone };

    void queue(Opcode opcode, std::span<const std::string_view> pieces);
    void begin_output();
    void append_numbered(std::string& out) const;
    [[nodiscard]] std::size_t numbered_size() const;
    void flush_numbered();
    void write(const char* bytes, std::size_t size);
    void deliver(std::span<const char> whole, bool is_binary);
    void drop_output();
    int result() const { return wants_abort_ ? -1 : 0; }

    LwsServer* server_;
    lws* wsi_ = nullptr;
    Peer peer_;
    std::uint64_t serial_;
    std::unique_ptr<SocketOwner> owner_;
    std::unique_ptr<std::string> out_;  // frames from sent_ on; nothing while idle
    // The only thing queued, as it is for most connections when there is an event: not a frame yet.
    std::shared_ptr<const NumberedText> numbered_;
    std::uint64_t number_ = 0;
    std::size_t sent_ = 0;
    std::size_t held_by_library_ = 0;        // at most; while is_blocked_
    std::unique_ptr<std::string> assembly_;  // of a message in several pieces
    std::size_t max_message_;
    Phase phase_ = Phase::upgrading;
    bool is_blocked_ = false;   // a partial write: wait for writable
    bool in_callback_ = false;  // the library is below us on the stack
    bool wants_abort_ = false;
    bool was_slow_ = false;
};

}  // namespace gw::net
