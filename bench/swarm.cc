// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "bench/swarm.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gw::bench {

namespace {

constexpr std::size_t kReadBuffer = 1U << 20;

}  // namespace

Swarm::Swarm(Login login)
    : login_(std::move(login)), epoll_(::epoll_create1(EPOLL_CLOEXEC)), buffer_(kReadBuffer) {}

Result<Connection*> Swarm::open_one() {
    auto connection = std::make_unique<Connection>(*this, login_, connections_.size());
    TRY_VOID(connection->open());
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = connection.get();
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection->fd(), &event);
    connections_.push_back(std::move(connection));
    is_watched_for_write_.push_back(false);
    return connections_.back().get();
}

Result<void> Swarm::gather(std::size_t count, std::size_t width) {
    while (ready_count_ < count) {
        while (connections_.size() < count && connections_.size() - ready_count_ < width) {
            TRY_VOID(open_one());
        }
        const std::size_t before = ready_count_;
        TRY_VOID(turn_until([this, before] { return ready_count_ > before || closed_count_ > 0; },
                            std::chrono::seconds(30)));
        if (closed_count_ > 0) return fail(Errc::closed, "handshake refused: " + last_why_);
    }
    return {};
}

Result<void> Swarm::turn_until(const std::function<bool()>& done, std::chrono::seconds at_most) {
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    std::array<epoll_event, 1024> events;
    while (!done()) {
        const int count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms_);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            handle(*static_cast<Connection*>(event.data.ptr), event.events);
        }
        if (std::chrono::steady_clock::now() > deadline) {
            return fail(Errc::timed_out, "the peer did not do its part in time");
        }
    }
    return {};
}

void Swarm::send(Connection& connection, std::string_view frames) {
    connection.send(frames);
    if (connection.phase() != Connection::Phase::closed) watch(connection);
}

void Swarm::handle(Connection& connection, std::uint32_t events) {
    if (connection.phase() == Connection::Phase::closed) return;
    if ((events & EPOLLOUT) != 0) connection.flush();
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read(connection);
    if (connection.phase() != Connection::Phase::closed) watch(connection);
}

void Swarm::read(Connection& connection) {
    const std::string& kept = connection.kept();
    std::memcpy(buffer_.data(), kept.data(), kept.size());
    const ssize_t got =
        ::recv(connection.fd(), buffer_.data() + kept.size(), buffer_.size() - kept.size(), 0);
    if (got > 0) {
        connection.take({buffer_.data(), kept.size() + static_cast<std::size_t>(got)});
        return on_read_done(connection);
    }
    if (got < 0 && errno == EAGAIN) return;
    connection.close(got == 0 ? "closed without a close frame" : std::strerror(errno));
}

void Swarm::watch(Connection& connection) {
    const bool wants_write = connection.is_waiting();
    if (is_watched_for_write_[connection.index()] == wants_write) return;
    is_watched_for_write_[connection.index()] = wants_write;
    epoll_event event{};
    event.events = wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd(), &event);
}

void Swarm::on_closed(Connection& connection) {
    ++closed_count_;
    last_why_ = connection.why();
}

}  // namespace gw::bench
