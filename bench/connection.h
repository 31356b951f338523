#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Connection: one client of the load generator, from connect() to hello-ok and on. It lives in a
// Swarm, which reads for it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "bench/openssl.h"

namespace gw::bench {

// How a client introduces itself.
struct Login {
    std::uint16_t port = 0;
    std::string token;
    int protocol = 4;
    const DeviceKey* device = nullptr;  // signs with v3 at protocol 4, v2 at protocol 3
};

class Connection {
  public:
    enum class Phase { upgrading, challenged, connecting, ready, closed };

    // What the owner of a swarm is told.
    class Events {
      public:
        virtual ~Events() = default;
        virtual void on_ready(Connection& connection, std::string_view hello) = 0;
        virtual void on_message(Connection& connection, std::string_view text) = 0;
        virtual void on_closed(Connection& connection) = 0;
    };

    Connection(Events& events, const Login& login, std::size_t index)
        : events_(events), login_(login), index_(index) {}

    // Connects and sends the upgrade request.
    Result<void> open();

    // Takes what the socket gave: kept beginnings first. Whole frames are handled, the rest is
    // kept.
    void take(std::span<char> bytes);
    [[nodiscard]] const std::string& kept() const { return kept_; }

    // Sends frames that are masked already.
    void send(std::string_view frames);
    // Sends the rest of what the kernel did not take.
    void flush();
    [[nodiscard]] bool is_waiting() const { return !out_.empty(); }

    void close(std::string_view why);

    [[nodiscard]] Phase phase() const { return phase_; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::size_t index() const { return index_; }
    // Why it closed: the close frame's code and reason, or what the kernel said.
    [[nodiscard]] const std::string& why() const { return why_; }

  private:
    std::size_t take_upgrade(std::span<char> bytes);
    void on_message(std::span<char> text);
    void on_challenge(std::string_view text);

    Events& events_;
    const Login& login_;
    std::size_t index_;
    base::Fd fd_;
    Phase phase_ = Phase::upgrading;
    std::string kept_;
    std::string out_;
    std::string why_;
};

}  // namespace gw::bench
