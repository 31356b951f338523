// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "bench/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/clock.h"
#include "base/json.h"
#include "bench/framing.h"

namespace gw::bench {

namespace {

constexpr std::array<char, 4> kMask = {0x12, 0x5a, 0x33, 0x71};
constexpr std::string_view kUpgrade =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
constexpr std::string_view kWelcome = R"({"type":"res","id":"connect","ok":true,)";
constexpr std::string_view kScope = "operator.admin";

std::string signed_text(const Login& login, std::int64_t now_ms, std::string_view nonce) {
    std::string text = login.protocol == 3 ? "v2|" : "v3|";
    text += login.device->id() + "|cli|cli|operator|";
    text.append(kScope).append("|").append(std::to_string(now_ms));
    text.append("|").append(login.token).append("|").append(nonce);
    if (login.protocol != 3) text += "|linux|";
    return text;
}

std::string connect_request(const Login& login, std::string_view nonce) {
    std::string text = R"({"type":"req","id":"connect","method":"connect","params":)";
    json::Writer w(text);
    w.begin_object().field("minProtocol", login.protocol).field("maxProtocol", login.protocol);
    w.key("client").begin_object().field("id", "cli").field("version", "1");
    w.field("platform", "linux").field("mode", "cli").end_object();
    w.field("role", "operator").key("scopes").begin_array().value(kScope).end_array();
    w.key("auth").begin_object().field("token", login.token).end_object();
    if (login.device != nullptr) {
        const std::int64_t now_ms = base::SystemClock().wall_ms();
        w.key("device").begin_object().field("id", login.device->id());
        w.field("publicKey", login.device->public_key());
        w.field("signature", login.device->sign(signed_text(login, now_ms, nonce)));
        w.field("signedAt", now_ms).field("nonce", nonce).end_object();
    }
    w.end_object();
    text += '}';
    return text;
}

// The value of the first "key":"…" of a text we trust to be well-formed.
std::string_view text_behind(std::string_view text, std::string_view key) {
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + key.size());
    return text.substr(0, text.find('"'));
}

}  // namespace

Result<void> Connection::open() {
    fd_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(login_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        return fail_errno("connect");
    }
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Closing resets: no port of ours waits in TIME_WAIT for the next round.
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
    send(kUpgrade);
    return {};
}

void Connection::take(std::span<char> bytes) {
    std::size_t used = 0;
    if (phase_ == Phase::upgrading) {
        used = take_upgrade(bytes);
        if (used == 0 && phase_ == Phase::upgrading) kept_.assign(bytes.data(), bytes.size());
        if (used == 0) return;
    }
    while (phase_ != Phase::closed) {
        const auto frame = find_frame(bytes.subspan(used));
        if (!frame) break;
        used += frame->size;
        if (frame->opcode == Opcode::ping) {
            send(masked_frame(Opcode::pong, {frame->payload.data(), frame->payload.size()}, kMask));
        } else if (frame->opcode == Opcode::close) {
            const std::size_t size = frame->payload.size();
            const std::string code =
                size < 2 ? "no code"
                         : std::to_string(static_cast<unsigned char>(frame->payload[0]) * 256 +
                                          static_cast<unsigned char>(frame->payload[1]));
            return close(code + " " +
                         (size > 2 ? std::string(frame->payload.data() + 2, size - 2) : ""));
        } else {
            on_message(frame->payload);
        }
    }
    if (phase_ == Phase::closed) return;
    if (used == bytes.size() && kept_.empty()) return;
    // bytes may begin with what was kept, in another buffer.
    kept_.assign(bytes.data() + used, bytes.size() - used);
    if (kept_.empty() && kept_.capacity() > 4096) kept_.shrink_to_fit();
}

std::size_t Connection::take_upgrade(std::span<char> bytes) {
    const std::string_view text(bytes.data(), bytes.size());
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (!text.starts_with("HTTP/1.1 101 ")) {
        close(std::string(text.substr(0, text.find("\r\n"))));
        return 0;
    }
    phase_ = Phase::challenged;
    return end + 4;
}

void Connection::on_message(std::span<char> message) {
    const std::string_view text(message.data(), message.size());
    switch (phase_) {
        case Phase::upgrading:
        case Phase::closed: return;
        case Phase::challenged: return on_challenge(text);
        case Phase::connecting:
            if (!text.starts_with(kWelcome)) {
                return close(std::string(text.substr(0, 300)));
            }
            phase_ = Phase::ready;
            return events_.on_ready(*this, text);
        case Phase::ready: return events_.on_message(*this, text);
    }
}

void Connection::on_challenge(std::string_view text) {
    phase_ = Phase::connecting;
    const std::string_view nonce = text_behind(text, R"("nonce":")");
    send(masked_frame(Opcode::text, connect_request(login_, nonce), kMask));
}

void Connection::send(std::string_view frames) {
    if (phase_ == Phase::closed) return;
    if (!out_.empty()) {
        out_.append(frames);
        return;
    }
    const ssize_t sent = ::send(fd_.get(), frames.data(), frames.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(frames.size())) return;
    out_.assign(frames.substr(sent > 0 ? static_cast<std::size_t>(sent) : 0));
}

void Connection::flush() {
    const std::string frames = std::exchange(out_, {});
    send(frames);
}

void Connection::close(std::string_view why) {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    why_ = why;
    fd_.reset();
    out_.clear();
    kept_ = {};
    events_.on_closed(*this);
}

}  // namespace gw::bench
