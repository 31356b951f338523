// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/websocket_client.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/net/served.h"

using namespace gw;
using test::Served;

namespace {

struct Seen final : net::WebSocketClient::Events {
    void on_open() override { ++opened; }
    void on_message(std::span<char> message) override {
        messages.emplace_back(message.data(), message.size());
    }
    void on_closed(std::uint16_t with_code, std::string_view with_reason) override {
        ++closed;
        code = with_code;
        reason = with_reason;
    }

    std::vector<std::string> messages;
    int opened = 0;
    int closed = 0;
    std::uint16_t code = 0;
    std::string reason;
};

std::unique_ptr<net::WebSocketClient> connect(Served& served, Seen& seen) {
    net::WebSocketTarget target;
    target.port = served.port;
    auto client = net::WebSocketClient::connect(*served.loop, target, seen);
    REQUIRE_MESSAGE(client, client.error().message);
    REQUIRE(served.wait([&] { return seen.opened == 1 && served.record->opened == 1; }));
    return std::move(*client);
}

std::string close_frame(std::uint16_t code) {
    return {'\x88', '\x02', static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
}

}  // namespace

TEST_CASE("websocket: messages go both ways, whole and in order, of any size") {
    Served served;
    Seen seen;
    auto client = connect(served, seen);
    served.record->socket->set_max_message(4 << 20);
    std::vector<std::string> sent;
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 1'000'000U}) {
        sent.emplace_back(size, static_cast<char>('a' + size % 26));
        client->send_text(sent.back());
        served.record->socket->send_text(sent.back());
    }
    REQUIRE(served.wait([&] {
        return served.record->messages.size() == sent.size() && seen.messages.size() == sent.size();
    }));
    CHECK(served.record->messages == sent);
    CHECK(seen.messages == sent);
    CHECK(served.record->socket->buffered() == 0);
}

TEST_CASE("websocket: a shared text carries each connection's number, in the order of sending") {
    Served served;
    const auto fd = served.open_raw();
    const auto shared = std::make_shared<const net::NumberedText>(net::NumberedText{"<", ">"});
    net::Socket& socket = *served.record->socket;
    socket.send_numbered(shared, 7);
    CHECK(socket.buffered() > 0);
    CHECK(served.read_raw(fd, "<7>") == "\x81\x03<7>");
    CHECK(socket.buffered() == 0);
    socket.send_numbered(shared, 8);
    socket.send_text("own");
    socket.send_numbered(shared, 10);
    CHECK(served.read_raw(fd, "<10>") == "\x81\x03<8>\x81\x03own\x81\x04<10>");
    CHECK(socket.buffered() == 0);
    CHECK(served.server->buffered() == 0);
}

TEST_CASE("websocket: shared texts wait behind what the kernel does not take") {
    Served served;
    const auto fd = served.open_raw();
    const auto shared = std::make_shared<const net::NumberedText>(
        net::NumberedText{std::string(100'000, 'h'), "tail"});
    for (std::uint64_t i = 1; i <= 100; ++i) {
        served.record->socket->send_numbered(shared, i);
        served.loop->run_until([] { return false; }, std::chrono::milliseconds(1));
    }
    REQUIRE(served.record->socket->buffered() > 0);
    const std::string got = served.read_raw(fd, "100tail");
    std::size_t at = 0;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        const std::string number = 'h' + std::to_string(i) + "tail";
        at = got.find(number, at);
        REQUIRE(at != std::string::npos);
    }
    CHECK(got.size() == 100 * (10 + 100'000 + 4) + 9 + 90 * 2 + 3);
    CHECK(served.wait([&] { return served.server->buffered() == 0; }));
}

TEST_CASE("websocket: a message in fragments, with a ping between them, arrives as one") {
    Served served;
    const auto fd = served.open_raw();
    served.write_raw(fd, Served::frame(0x01, "He") + Served::frame(0x89, "p") +
                             Served::frame(0x00, "l") + Served::frame(0x80, "lo"));
    REQUIRE(served.wait([&] { return served.record->messages.size() == 1; }));
    CHECK(served.record->messages[0] == "Hello");
    CHECK(served.read_raw(fd, "p") == "\x8a\x01p");
}

TEST_CASE("websocket: a frame cut anywhere is the same frame") {
    Served served;
    const auto fd = served.open_raw();
    for (const char byte : Served::frame(0x81, "piece by piece")) {
        served.write_raw(fd, std::string_view(&byte, 1));
        served.loop->run_until([] { return false; }, std::chrono::milliseconds(1));
    }
    REQUIRE(served.wait([&] { return served.record->messages.size() == 1; }));
    CHECK(served.record->messages[0] == "piece by piece");
}

TEST_CASE("websocket: what breaks RFC 6455 is closed with its code") {
    const struct {
        const char* what;
        std::string bytes;
        std::uint16_t code;
    } kCases[] = {
        {"invalid UTF-8", Served::frame(0x81, "\xc3\x28"), 1007},
        {"a continuation of nothing", Served::frame(0x80, "x"), 1002},
        {"a reserved opcode", Served::frame(0x83, "x"), 1002},
        {"too large",
         Served::frame(0x01, std::string(60'000, 'x')) +
             Served::frame(0x80, std::string(60'000, 'x')),
         1009},
    };
    for (const auto& c : kCases) {
        CAPTURE(c.what);
        Served served;
        base::Fd fd = served.open_raw();
        served.write_raw(fd, c.bytes);
        const std::string code = close_frame(c.code).substr(2);
        const std::string got = served.read_raw(fd, code);
        REQUIRE(got.size() >= 4);
        CHECK(got[0] == '\x88');
        CHECK(got.substr(2, 2) == code);
        fd.reset();
        REQUIRE(served.wait([&] { return served.record->closed == 1; }));
        CHECK(served.record->messages.empty());
    }
}

TEST_CASE("websocket: close tells code and reason, and both sides hear of the end once") {
    Served served;
    Seen seen;
    auto client = connect(served, seen);
    served.record->socket->send_text("last");
    served.record->socket->close(1008, "slow consumer");
    REQUIRE(served.wait([&] { return seen.closed == 1 && served.record->closed == 1; }));
    CHECK(seen.code == 1008);
    CHECK(seen.reason == "slow consumer");
    CHECK(seen.messages == std::vector<std::string>{"last"});
    CHECK(served.server->connections() == 0);
}

TEST_CASE("websocket: a peer that does not answer the close is dropped all the same") {
    Served served;
    const auto fd = served.open_raw();
    served.record->socket->close(1000, "");
    CHECK(served.read_raw(fd) == close_frame(1000));
    REQUIRE(served.wait([&] { return served.record->closed == 1; }));
}

TEST_CASE("websocket: an aborted peer gets no close frame") {
    Served served;
    Seen seen;
    auto client = connect(served, seen);
    served.record->socket->abort();
    REQUIRE(served.wait([&] { return seen.closed == 1 && served.record->closed == 1; }));
    CHECK(seen.code == 1006);
}

TEST_CASE("websocket: what a slow reader has not taken is counted, and its end is told") {
    Served served;
    const auto fd = served.open_raw();
    const std::string message(1 << 20, 'z');
    for (int i = 0; i < 16; ++i)
        served.record->socket->send_text(message);
    REQUIRE(served.wait([&] { return served.record->socket->buffered() != 0; }));
    served.loop->run_until([] { return false; }, std::chrono::milliseconds(50));
    const std::size_t held = served.record->socket->buffered();
    CHECK(held > (4 << 20));
    CHECK(served.server->buffered() == held);
    std::size_t got = 0;
    std::string buffer(1 << 20, '\0');
    REQUIRE(served.wait([&] {
        const ssize_t size = ::recv(fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size > 0) got += static_cast<std::size_t>(size);
        return got >= 16 * message.size();
    }));
    REQUIRE(served.wait([&] { return served.record->drained != 0; }));
    CHECK(served.record->socket->buffered() == 0);
    CHECK(served.server->buffered() == 0);
}

TEST_CASE("websocket: a paused socket takes no messages until it is resumed") {
    Served served;
    const auto fd = served.open_raw();
    served.record->on_message = [&](std::span<char>) { served.record->socket->pause(); };
    served.write_raw(fd, Served::frame(0x81, "one"));
    REQUIRE(served.wait([&] { return served.record->messages.size() == 1; }));
    served.write_raw(fd, Served::frame(0x81, "two"));
    CHECK_FALSE(served.loop->run_until([&] { return served.record->messages.size() == 2; },
                                       std::chrono::milliseconds(50)));
    served.record->socket->resume();
    CHECK(served.wait([&] { return served.record->messages.size() == 2; }));
}

TEST_CASE("websocket: pings are answered by those who are there") {
    Served served;
    const auto fd = served.open_raw();
    served.record->socket->send_ping();
    const std::string ping = served.read_raw(fd, "?");
    CHECK(ping == "\x89\x01?");
    served.write_raw(fd, Served::frame(0x8a, ping.substr(2)));
    CHECK(served.wait([&] { return served.record->pongs == 1; }));
}

TEST_CASE("websocket: the first subprotocol offered is taken, as browsers insist") {
    Served served;
    const auto fd = served.connect_raw();
    served.write_raw(fd,
                     "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: first, second\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    const std::string head = served.read_raw(fd, "\r\n\r\n");
    CHECK(head.starts_with("HTTP/1.1 101"));
    CHECK(head.find("first") != std::string::npos);
    CHECK(head.find("second") == std::string::npos);
}

TEST_CASE("websocket client: nobody there, a refusal and a path that is no socket are told once") {
    Served served;
    Seen seen;
    served.refuses = true;
    net::WebSocketTarget target;
    target.port = served.port;
    auto client = net::WebSocketClient::connect(*served.loop, target, seen);
    REQUIRE(client);
    REQUIRE(served.wait([&] { return seen.closed == 1; }));
    CHECK(seen.opened == 0);

    const test::TempDir directory;
    target.unix_path = directory.file("none");
    const auto none = net::WebSocketClient::connect(*served.loop, target, seen);
    REQUIRE_FALSE(none);
    CHECK(none.error().message.find(target.unix_path) != std::string::npos);
}

TEST_CASE("websocket: a server that ends tells its owners, a client that ends nobody") {
    auto served = std::make_unique<Served>();
    Seen seen;
    auto client = connect(*served, seen);
    const auto record = served->record;
    client.reset();
    REQUIRE(served->wait([&] { return record->closed == 1; }));
    CHECK(seen.closed == 0);

    const auto fd = served->open_raw();
    const auto second = served->record;
    served->server.reset();
    CHECK(second->closed == 1);
}
