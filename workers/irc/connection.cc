// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/connection.h"

#include <algorithm>
#include <utility>

namespace gw::irc {

namespace {

constexpr std::chrono::seconds kConnectDeadline{15};
constexpr std::chrono::seconds kHandshakeDeadline{15};
constexpr int kBurst = 4;
constexpr std::size_t kMaxQueued = 256U * 1024;

}  // namespace

Connection::Connection(loop::Loop& loop, const std::string& host, std::uint16_t port,
                       const net::TlsContext* tls, std::chrono::milliseconds flood_delay,
                       Events& events)
    : loop_(loop),
      host_(host),
      tls_(tls),
      events_(events),
      flood_delay_(flood_delay),
      tokens_(kBurst),
      refilled_(loop.now()),
      timer_(loop, [this] { pump(); }),
      break_timer_(loop, [this] { on_closed(*broken_); }) {
    connect_ = std::make_unique<loop::TcpConnect>(
        loop, host, port, kConnectDeadline,
        [this](Result<base::Fd> socket) { on_connect(std::move(socket)); });
}

Connection::~Connection() {
    if (destroyed_ != nullptr) *destroyed_ = true;
}

void Connection::on_connect(Result<base::Fd> socket) {
    if (!socket) {
        has_ended_ = true;
        return events_.on_ended(socket.error().message);
    }
    socket_ = socket->get();
    if (tls_ != nullptr) {
        secured_.reset(new net::TlsStream(loop_, std::move(*socket), *tls_, host_,
                                          kHandshakeDeadline, *this, kMaxQueued));
        return;
    }
    plain_.reset(new loop::Stream(loop_, std::move(*socket), *this, kMaxQueued));
    events_.on_connected();
}

void Connection::on_secured() {
    events_.on_connected();
}

void Connection::write_now(std::string_view line) {
    if (has_ended_ || broken_) return;
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
        return break_off(Error{Errc::invalid_input, "the server's words would break a line"});
    }
    std::string bytes(line);
    bytes += "\r\n";
    Result<void> taken;
    if (plain_) taken = plain_->write(base::as_bytes(bytes));
    if (secured_) taken = secured_->write(base::as_bytes(bytes));
    if (!taken) break_off(Error{taken.error().code, "the server reads too slowly"});
}

void Connection::break_off(const Error& why) {
    broken_ = why;
    break_timer_.start(std::chrono::milliseconds(0));
}

void Connection::write(std::string line, std::string behind) {
    waiting_.push_back({std::move(line), std::move(behind)});
    pump();
}

void Connection::refill() {
    if (flood_delay_.count() == 0) {
        tokens_ = kBurst;
        return;
    }
    const auto passed = loop_.now() - refilled_;
    const auto count = passed / flood_delay_;
    if (count <= 0) return;
    tokens_ = static_cast<int>(std::min<long>(kBurst, tokens_ + count));
    refilled_ += count * flood_delay_;
}

void Connection::pump() {
    refill();
    while (!waiting_.empty() && (tokens_ > 0 || flood_delay_.count() == 0)) {
        const Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        --tokens_;
        write_now(next.line);
        if (next.behind.empty()) continue;
        --tokens_;
        write_now(next.behind);
    }
    if (!waiting_.empty() && !timer_.is_running()) timer_.start(flood_delay_);
}

void Connection::pause() {
    is_paused_ = true;
    read_less();
}

void Connection::read_less() {
    if (plain_) plain_->pause();
    if (secured_) secured_->pause();
}

void Connection::read_on() {
    if (plain_) plain_->resume();
    if (secured_) secured_->resume();
}

void Connection::resume() {
    if (!std::exchange(is_paused_, false) || has_ended_) return;
    read_on();
    hand_on();
}

void Connection::on_data(base::ByteView bytes) {
    loop::acknowledge_now(socket_);
    input_.append(base::as_text(bytes));
    hand_on();
}

void Connection::hand_on() {
    bool is_destroyed = false;
    destroyed_ = &is_destroyed;
    std::size_t begin = 0;
    while (!is_paused_) {
        const std::size_t end = input_.find('\n', begin);
        if (end == std::string::npos) break;
        std::string_view line = std::string_view(input_).substr(begin, end - begin);
        if (line.ends_with('\r')) line.remove_suffix(1);
        begin = end + 1;
        if (!line.empty() && line.size() <= kMaxLine) events_.on_line(line);
        if (is_destroyed) return;
        if (has_ended_) break;
    }
    destroyed_ = nullptr;
    input_.erase(0, begin);
    // A line without end is no IRC.
    if (input_.size() > kMaxLine && !has_ended_ && !is_paused_) {
        on_closed(Error{Errc::limit_exceeded, "the server sent a line without end"});
    }
}

void Connection::on_closed(const Error& reason) {
    if (has_ended_) return;
    has_ended_ = true;
    timer_.stop();
    waiting_.clear();
    read_less();
    events_.on_ended(reason.message);
}

}  // namespace gw::irc
