#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Connection: one connection to an IRC server, TCP or TLS, as lines. Knows how fast it may write (a
// token bucket, since servers drop those who flood) and nothing of what lines mean.

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "loop/loop.h"
#include "loop/stream.h"
#include "net/tls_stream.h"

namespace gw::irc {

class Connection final : private net::TlsStream::Events {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        virtual void on_connected() = 0;
        // One line without its end, at most kMaxLine bytes.
        virtual void on_line(std::string_view line) = 0;
        // Once: could not connect, or the connection ended. The owner destroys the connection
        // later.
        virtual void on_ended(const std::string& reason) = 0;
    };

    // The longest line that a server may announce (server_features.h), and 8191 bytes of tags
    // besides.
    static constexpr std::size_t kMaxLine = 8191 + 8192;

    // tls: nullptr for none; else it outlives the connection.
    Connection(loop::Loop& loop, const std::string& host, std::uint16_t port,
               const net::TlsContext* tls, std::chrono::milliseconds flood_delay, Events& events);
    ~Connection() override;

    // Writes now, whatever the bucket says: registration and PONG. A line that the server does not
    // take, or that would be two lines, ends the connection: nothing may be said behind it.
    void write_now(std::string_view line);

    // Takes its turn. behind, where it is not empty, is a line that goes out together with it, and
    // is paid for afterwards.
    void write(std::string line, std::string behind = {});

    // No line comes until resume().
    void pause();
    void resume();

  private:
    void on_secured() override;
    void on_data(base::ByteView bytes) override;
    void on_closed(const Error& reason) override;
    void on_connect(Result<base::Fd> socket);
    void break_off(const Error& why);
    void hand_on();
    void refill();
    void pump();
    void read_less();
    void read_on();

    struct Waiting {
        std::string line;
        std::string behind;
    };

    loop::Loop& loop_;
    const std::string host_;
    const net::TlsContext* tls_;
    Events& events_;
    int socket_ = -1;  // the stream's, which owns it
    std::chrono::milliseconds flood_delay_;
    std::unique_ptr<loop::TcpConnect> connect_;
    std::unique_ptr<loop::Stream> plain_;  // one of the two, once connected
    std::unique_ptr<net::TlsStream> secured_;
    std::string input_;
    std::deque<Waiting> waiting_;
    int tokens_;  // less than none when a line behind is to be paid for
    base::SteadyTime refilled_;
    loop::Timer timer_;
    loop::Timer break_timer_;  // ends it, when nobody is in the middle of a call
    std::optional<Error> broken_;
    bool has_ended_ = false;
    bool is_paused_ = false;
    bool* destroyed_ = nullptr;  // set while lines are being handed on
};

}  // namespace gw::irc
