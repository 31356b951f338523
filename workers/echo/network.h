#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Network: the connection to an echo network, a server that stands in for a provider (for tests it
// is tests/support/echo_network.py). Connects again and again, every quarter of a second.
//
//   line      = words, one blank between them, ended by LF; the last word may hold blanks
//   we say      RESUME cursor | ACK event | SEND ref client-id body | FIND ref client-id body
//               CHANGE ref body | TYPING body
//   it says     EVENT id cursor body | SENT ref id | REFUSED ref failure retry-ms reason
//               FOUND ref id | ABSENT ref | CHANGED ref retry-ms reason
//   body      = a JSON object (translate.h)
//
// "-" is an absent id or cursor. What comes is foreign; a line that makes no sense is dropped.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "loop/loop.h"
#include "loop/stream.h"
#include "proto/types.pb.h"
#include "workers/common/event.h"

namespace gw::echo {

class Network final : private loop::Stream::Events {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        virtual void on_connected() = 0;
        // Also when it could not connect. What was said and not answered stays so.
        virtual void on_lost(const std::string& why) = 0;
        // Asked to read less, it reads nothing until read_on().
        virtual workers::Flow on_event(workers::Event event) = 0;
        virtual void on_sent(const std::string& ref, const std::string& id) = 0;
        virtual void on_refused(const std::string& ref, proto::SendFailure failure,
                                std::uint32_t retry_after_ms, const std::string& why) = 0;
        virtual void on_looked_up(const std::string& ref, proto::LookUp outcome,
                                  const std::string& id) = 0;
        // why is empty when it was changed.
        virtual void on_changed(const std::string& ref, std::uint32_t retry_after_ms,
                                const std::string& why) = 0;
    };

    // Begins to connect.
    Network(loop::Loop& loop, std::string host, std::uint16_t port, Events& events);

    // Between on_connected and on_lost only.
    [[nodiscard]] bool is_connected() const { return stream_ != nullptr; }

    // Events that come behind the cursor are wanted; empty: all that the network has.
    void resume(const std::string& cursor);
    void acknowledge(const std::string& event_id);
    void send(const std::string& ref, const std::string& client_id, const std::string& body);
    void change(const std::string& ref, const std::string& body);
    void show_typing(const std::string& body);
    void find(const std::string& ref, const std::string& client_id, const std::string& to,
              const std::string& text);
    void read_on();

  private:
    void on_data(base::ByteView bytes) override;
    void on_closed(const Error& reason) override;
    void connect();
    void on_connect(Result<base::Fd> socket);
    void hand_on();
    void on_line(std::string_view line);
    void lose(const std::string& why);
    void say(const std::string& line);

    loop::Loop& loop_;
    std::string host_;
    std::uint16_t port_;
    Events& events_;
    loop::Timer retry_timer_;
    std::unique_ptr<loop::TcpConnect> connect_;
    std::unique_ptr<loop::Stream> stream_;
    std::string input_;
    bool is_paused_ = false;
};

}  // namespace gw::echo
