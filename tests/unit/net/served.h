#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// A WebSocketServer on a loopback port, whose sockets do what a test says, and raw bytes to it.

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loop/listener.h"
#include "net/websocket_server.h"

namespace gw::test {

inline constexpr std::chrono::seconds kDeadline{10};

// What happened to one socket; outlives it.
struct Record {
    net::Socket* socket = nullptr;  // while open
    std::vector<std::string> messages;
    int opened = 0;
    int closed = 0;
    int pongs = 0;
    int drained = 0;
    std::function<void(std::span<char>)> on_message;
};

class Served final : public net::WebSocketServer::Events {
  public:
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    std::unique_ptr<net::WebSocketServer> server;
    std::uint16_t port = 0;
    std::shared_ptr<Record> record = std::make_shared<Record>();  // of the latest socket
    std::string last_header;                                      // of the latest request
    net::HttpAnswer answer{.body = "{}"};
    bool refuses = false;

    Served() {
        auto made = net::WebSocketServer::create(*loop, {}, *this);
        REQUIRE_MESSAGE(made, made.error().message);
        server = std::move(*made);
        auto socket = loop::listen_tcp("127.0.0.1", 0);
        REQUIRE(socket);
        port = *loop::local_port(socket->get());
        listener_ = std::make_unique<loop::Listener>(
            *loop, std::move(*socket),
            [this](base::Fd fd) { server->adopt(std::move(fd), net::Peer::Via::tcp); });
        // wait() looks after every turn, and raw sockets are none of the loop's business.
        tick_.start_repeating(std::chrono::milliseconds(1));
    }

    bool wait(const std::function<bool()>& done) { return loop->run_until(done, kDeadline); }

    // A blocking connection of the test's own.
    [[nodiscard]] base::Fd connect_raw() const {
        base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        return fd;
    }
    static void write_raw(const base::Fd& fd, std::string_view bytes) {
        REQUIRE(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
    }
    // What arrives until text is among it, or until the end when text is empty.
    std::string read_raw(const base::Fd& fd, std::string_view text = {}) {
        std::string got;
        const auto is_complete = [&] {
            char buffer[65536];
            const ssize_t size = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
            if (size > 0) got.append(buffer, static_cast<std::size_t>(size));
            if (size == 0) return true;
            return !text.empty() && got.find(text) != std::string::npos;
        };
        CHECK(wait(is_complete));
        return got;
    }
    // The answer to one request on a connection of its own.
    std::string ask(std::string_view request, std::string_view until = {}) {
        const base::Fd fd = connect_raw();
        write_raw(fd, request);
        return read_raw(fd, until);
    }
    // An established WebSocket.
    base::Fd open_raw(std::string_view headers = {}) {
        base::Fd fd = connect_raw();
        write_raw(fd,
                  "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
                      std::string(headers) + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        const std::string answer_head = read_raw(fd, "\r\n\r\n");
        CHECK(answer_head.starts_with("HTTP/1.1 101"));
        // RFC 6455 §1.3 gives this pair.
        CHECK(answer_head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
        REQUIRE(wait([this] { return record->opened == 1; }));
        return fd;
    }
    // A client's frame, masked with zeros.
    static std::string frame(unsigned char first_byte, std::string_view payload) {
        std::string bytes(1, static_cast<char>(first_byte));
        if (payload.size() < 126) {
            bytes += static_cast<char>(0x80 | payload.size());
        } else {
            bytes += static_cast<char>(0x80 | 126);
            bytes += static_cast<char>(payload.size() >> 8);
            bytes += static_cast<char>(payload.size() & 0xff);
        }
        return bytes.append(4, '\0').append(payload);
    }

    std::expected<std::unique_ptr<net::SocketOwner>, net::HttpAnswer> on_upgrade(
        const net::HttpRequest&) override {
        if (refuses) return std::unexpected(net::HttpAnswer{.status = 403, .body = "no"});
        record = std::make_shared<Record>();
        return std::make_unique<Owner>(record);
    }
    net::HttpDecision on_http(const net::HttpRequest& request) override {
        ++requests;
        last_path = request.path;
        last_query = request.query;
        last_header = request.find_header(wanted_header).value_or("absent");
        if (takes_bodies) return std::make_unique<BodyOwner>(*this);
        return answer;
    }
    int requests = 0;
    std::string last_path;
    std::string wanted_header = "authorization";  // what last_header is of
    std::string last_query;

    // With takes_bodies: what the latest request brought, and who waits for its answer.
    bool takes_bodies = false;
    bool answers_later = false;
    std::size_t max_body = 1000;
    std::string last_body;
    net::HttpExchange* exchange = nullptr;
    int owners = 0;  // alive

  private:
    struct BodyOwner final : net::HttpOwner {
        explicit BodyOwner(Served& owner) : served(owner) { ++served.owners; }
        ~BodyOwner() override {
            --served.owners;
            served.exchange = nullptr;
        }
        [[nodiscard]] std::size_t max_body() const override { return served.max_body; }
        void on_begin(net::HttpExchange& asker) override { served.exchange = &asker; }
        void on_body(std::string body) override {
            served.last_body = std::move(body);
            if (!served.answers_later) served.exchange->answer(served.answer);
        }
        Served& served;
    };
    struct Owner final : net::SocketOwner {
        explicit Owner(std::shared_ptr<Record> kept) : record(std::move(kept)) {}
        void on_open(net::Socket& socket) override {
            ++record->opened;
            record->socket = &socket;
        }
        void on_message(std::span<char> message, net::MessageKind) override {
            record->messages.emplace_back(message.data(), message.size());
            if (record->on_message) record->on_message(message);
        }
        void on_pong() override { ++record->pongs; }
        void on_drained() override { ++record->drained; }
        void on_closed() override {
            ++record->closed;
            record->socket = nullptr;
        }
        std::shared_ptr<Record> record;
    };
    std::unique_ptr<loop::Listener> listener_;
    loop::Timer tick_{*loop, [] {}};
};

}  // namespace gw::test
