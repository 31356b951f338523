#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Swarm: many connections on one epoll, one thread. Whoever measures derives from it, overrides
// what it wants to know, and turns until it has seen enough or the deadline has passed.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "bench/connection.h"

namespace gw::bench {

class Swarm : public Connection::Events {
  public:
    explicit Swarm(Login login);
    ~Swarm() override = default;
    Swarm(const Swarm&) = delete;
    Swarm& operator=(const Swarm&) = delete;

    // Opens connections until count are ready, at most width at a time in their handshake.
    Result<void> gather(std::size_t count, std::size_t width = 64);

    // Handles what comes until done() is true.
    Result<void> turn_until(const std::function<bool()>& done, std::chrono::seconds at_most);

    // Sends frames and sees to it that all of them leave.
    void send(Connection& connection, std::string_view frames);

    [[nodiscard]] const std::vector<std::unique_ptr<Connection>>& connections() const {
        return connections_;
    }
    [[nodiscard]] std::size_t ready_count() const { return ready_count_; }

    void on_ready(Connection&, std::string_view) override { ++ready_count_; }
    void on_message(Connection&, std::string_view) override {}
    void on_closed(Connection& connection) override;
    // All messages of one read have been told.
    virtual void on_read_done(Connection&) {}

  protected:
    // How long turn_until may wait before it looks again whether it is done.
    void wait_at_most(int milliseconds) { wait_ms_ = milliseconds; }
    Result<Connection*> open_one();
    // Why the last one was closed.
    [[nodiscard]] const std::string& last_why() const { return last_why_; }

    Login login_;
    std::size_t closed_count_ = 0;

  private:
    void handle(Connection& connection, std::uint32_t events);
    void read(Connection& connection);
    void watch(Connection& connection);

    base::Fd epoll_;
    std::vector<char> buffer_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<bool> is_watched_for_write_;
    std::size_t ready_count_ = 0;
    int wait_ms_ = 100;
    std::string last_why_;
};

}  // namespace gw::bench
