// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// bench_raw_peer: the practical limit. A WebSocket server on bare epoll in one thread that parses
// and answers as gatewayd does, with nothing in between: one read and one write a turn and
// connection, frames put together by hand, an event built once and sent with each connection's
// number patched in. It knows whole unfragmented messages only: it is measured, never used.
//
//   bench_raw_peer --payloads DIR --token SECRET [--port N]
//
// Prints {"port":N} when it listens. SIGTERM ends it.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "bench/framing.h"
#include "bench/openssl.h"
#include "bench/raw_answers.h"

namespace gw::bench {

namespace {

constexpr std::size_t kReadBuffer = 256 * 1024;

struct Client {
    enum class Phase { upgrading, connecting, ready };
    base::Fd fd;
    Phase phase = Phase::upgrading;
    bool is_waiting = false;  // for the kernel to take out
    std::size_t index = 0;    // among the ready ones
    std::uint64_t seq = 0;
    std::string in;   // the beginning of a message
    std::string out;  // what the kernel has not taken
};

class RawPeer {
  public:
    RawPeer(RawAnswers& answers, base::Fd listener)
        : answers_(answers), listener_(std::move(listener)), buffer_(kReadBuffer + 1) {}

    void run();

  private:
    void accept_all();
    void on_readable(Client& client);
    std::size_t take(Client& client, std::span<char> bytes);
    std::size_t upgrade(Client& client, std::span<char> bytes);
    void on_message(Client& client, std::span<char> text);
    void broadcast();
    void send(Client& client, std::string_view bytes);
    void flush(Client& client);
    void watch(Client& client, bool wants_write);
    void drop(Client& client);

    RawAnswers& answers_;
    base::Fd listener_;
    base::Fd epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    std::vector<char> buffer_;
    std::string out_;  // answers of this read
    bool is_dropped_ = false;
    bool wants_broadcast_ = false;
    std::vector<Client*> ready_;
};

void RawPeer::run() {
    epoll_event event{};
    event.events = EPOLLIN;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event);
    std::vector<epoll_event> events(1024);
    while (true) {
        const int count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const epoll_event& one = events[static_cast<std::size_t>(i)];
            if (one.data.ptr == nullptr) {
                accept_all();
                continue;
            }
            Client& client = *static_cast<Client*>(one.data.ptr);
            if ((one.events & EPOLLOUT) != 0) flush(client);
            if ((one.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) on_readable(client);
        }
        if (std::exchange(wants_broadcast_, false)) broadcast();
    }
}

void RawPeer::accept_all() {
    while (true) {
        const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        auto client = std::make_unique<Client>();
        client->fd.reset(fd);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = client.release();  // drop() deletes it
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    }
}

void RawPeer::on_readable(Client& client) {
    const std::size_t kept = client.in.size();
    std::memcpy(buffer_.data(), client.in.data(), kept);
    const ssize_t got = ::recv(client.fd.get(), buffer_.data() + kept, kReadBuffer - kept, 0);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN) return;
        return drop(client);
    }
    const std::span<char> bytes(buffer_.data(), kept + static_cast<std::size_t>(got));
    out_.clear();
    is_dropped_ = false;
    const std::size_t used = take(client, bytes);
    if (is_dropped_) return drop(client);
    if (used < bytes.size() || kept > 0) client.in.assign(bytes.data() + used, bytes.size() - used);
    if (!out_.empty()) send(client, out_);
}

// Returns how much was used.
std::size_t RawPeer::take(Client& client, std::span<char> bytes) {
    std::size_t used = 0;
    if (client.phase == Client::Phase::upgrading) {
        used = upgrade(client, bytes);
        if (used == 0) return 0;
    }
    while (const auto frame = find_frame(bytes.subspan(used))) {
        used += frame->size;
        if (frame->opcode == Opcode::close || !frame->is_masked) {
            is_dropped_ = true;
            break;
        }
        apply_mask(frame->payload, frame->mask);
        // The parser ends its text with a NUL where the next frame begins.
        char& behind = frame->payload.data()[frame->payload.size()];
        const char saved = behind;
        on_message(client, frame->payload);
        behind = saved;
    }
    return used;
}

std::size_t RawPeer::upgrade(Client& client, std::span<char> bytes) {
    const std::string_view text(bytes.data(), bytes.size());
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    constexpr std::string_view kName = "\r\nSec-WebSocket-Key: ";
    const std::size_t key = text.find(kName);
    if (key == std::string_view::npos || key > end) {
        is_dropped_ = true;
        return bytes.size();
    }
    const std::size_t begin = key + kName.size();
    out_ =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        accept_key(text.substr(begin, text.find("\r\n", begin) - begin)) + "\r\n\r\n" +
        answers_.challenge();
    client.phase = Client::Phase::connecting;
    return end + 4;
}

void RawPeer::on_message(Client& client, std::span<char> text) {
    const Outcome outcome = client.phase == Client::Phase::ready
                                ? answers_.answer_request(text, out_)
                                : answers_.answer_connect(text, out_);
    if (outcome == Outcome::broadcast) wants_broadcast_ = true;
    if (outcome == Outcome::ignored && client.phase != Client::Phase::ready) is_dropped_ = true;
    if (outcome == Outcome::admitted) {
        client.phase = Client::Phase::ready;
        client.index = ready_.size();
        ready_.push_back(&client);
    }
}

void RawPeer::broadcast() {
    const Payloads& payloads = answers_.payloads();
    std::string frame;
    std::size_t at = 0;      // where the number stands
    std::size_t digits = 0;  // and how long it is
    for (Client* client : ready_) {
        char number[24];
        const char* end = std::to_chars(number, number + sizeof number, ++client->seq).ptr;
        const auto length = static_cast<std::size_t>(end - number);
        if (length != digits) {
            frame.clear();
            digits = length;
            append_header(frame, Opcode::text,
                          payloads.event_head.size() + digits + payloads.event_tail.size());
            frame += payloads.event_head;
            at = frame.size();
            frame.append(digits, '0').append(payloads.event_tail);
        }
        std::memcpy(frame.data() + at, number, digits);
        send(*client, frame);
    }
}

void RawPeer::send(Client& client, std::string_view bytes) {
    if (client.is_waiting) {
        client.out.append(bytes);
        return;
    }
    const ssize_t sent = ::send(client.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(bytes.size())) return;
    client.out.assign(bytes.substr(sent > 0 ? static_cast<std::size_t>(sent) : 0));
    watch(client, true);
}

void RawPeer::flush(Client& client) {
    const ssize_t sent =
        ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (sent > 0) client.out.erase(0, static_cast<std::size_t>(sent));
    if (!client.out.empty()) return;
    client.out.shrink_to_fit();
    watch(client, false);
}

void RawPeer::watch(Client& client, bool wants_write) {
    client.is_waiting = wants_write;
    epoll_event event{};
    event.events = wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &client;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, client.fd.get(), &event);
}

void RawPeer::drop(Client& client) {
    if (client.phase == Client::Phase::ready) {
        ready_[client.index] = ready_.back();
        ready_[client.index]->index = client.index;
        ready_.pop_back();
    }
    delete &client;
}

Result<base::Fd> listen_on(std::uint16_t port) {
    base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(fd.get(), 4096) != 0) {
        return fail_errno("listen");
    }
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("{\"port\":%d}\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return fd;
}

Result<void> serve(std::map<std::string, std::string>& options) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    TRY(Payloads payloads, Payloads::load(options["--payloads"]));
    TRY(base::Fd listener,
        listen_on(static_cast<std::uint16_t>(std::atoi(options["--port"].c_str()))));
    RawAnswers answers(std::move(payloads), options["--token"]);
    RawPeer(answers, std::move(listener)).run();
    return {};
}

}  // namespace

}  // namespace gw::bench

int main(int argc, char** argv) {
    std::map<std::string, std::string> options;
    for (int i = 1; i + 1 < argc; i += 2)
        options[argv[i]] = argv[i + 1];
    const auto served = gw::bench::serve(options);
    if (!served) std::fprintf(stderr, "bench_raw_peer: %s\n", served.error().message.c_str());
    return 1;
}
