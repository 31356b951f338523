#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// A real IRC server (ngircd, as Debian has it) and somebody who uses it over a bare socket, for
// tests that run on one loop with what they test.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/bytes.h"
#include "loop/listener.h"
#include "loop/process.h"
#include "loop/stream.h"

namespace gw::tests {

// A connection to the server; nothing when it takes none.
inline std::optional<base::Fd> find_irc_socket(std::uint16_t port) {
    base::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        return std::nullopt;
    }
    return socket;
}

// A server program on a free port of 127.0.0.1.
class IrcServer {
  public:
    explicit IrcServer(loop::Loop& loop) : port(find_free_port()), loop_(loop) {}
    virtual ~IrcServer() { stop(); }
    IrcServer(const IrcServer&) = delete;
    IrcServer& operator=(const IrcServer&) = delete;

    // Returns when it accepts connections, on the same port each time.
    void start() {
        exit_.reset();
        auto child =
            loop::ChildProcess::spawn(loop_, what(), [this](loop::Exit exit) { exit_ = exit; });
        if (!child) throw std::runtime_error(child.error().message);
        child_ = std::move(*child);
        loop::Timer look_again(loop_, [] {});
        look_again.start_repeating(std::chrono::milliseconds(10));
        const bool is_up = loop_.run_until(
            [this] { return exit_.has_value() || find_irc_socket(port).has_value(); },
            std::chrono::seconds(20));
        if (!is_up || exit_) throw std::runtime_error("the IRC server does not start");
    }
    void stop() {
        if (!child_) return;
        child_->kill(SIGKILL);
        loop_.run_until([this] { return exit_.has_value(); }, std::chrono::seconds(10));
        child_.reset();
    }

    const std::uint16_t port;

  protected:
    // Free a moment ago is as good as it gets for a program that is told its port.
    static std::uint16_t find_free_port() {
        const auto socket = loop::listen_tcp("127.0.0.1", 0);
        if (!socket) throw std::runtime_error(socket.error().message);
        return *loop::local_port(socket->get());
    }
    [[nodiscard]] virtual loop::Spawn what() const = 0;

  private:
    loop::Loop& loop_;
    std::unique_ptr<loop::ChildProcess> child_;
    std::optional<loop::Exit> exit_;
};

class Ircd final : public IrcServer {
  public:
    // certificates: where server.pem and server.key are; empty: no TLS.
    explicit Ircd(loop::Loop& loop, const std::string& certificates = "") : IrcServer(loop) {
        char path[] = "/tmp/gatewayd-ircd-XXXXXX";
        if (::mkdtemp(path) == nullptr) throw std::runtime_error("mkdtemp");
        directory_ = path;
        std::ofstream out(directory_ / "ngircd.conf");
        out << "[Global]\nName = irc.test.example\nInfo = for tests\nAdminInfo1 = nobody\n"
               "Listen = 127.0.0.1\nMotdPhrase = hello\nPorts = "
            << port
            << "\n[Limits]\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\n"
               "[Options]\nDNS = no\nIdent = no\nPAM = no\n";
        if (certificates.empty()) return;
        tls_port = find_free_port();
        out << "[SSL]\nCertFile = " << certificates << "/server.pem\nKeyFile = " << certificates
            << "/server.key\nPorts = " << tls_port << '\n';
    }
    ~Ircd() override {
        stop();
        std::filesystem::remove_all(directory_);
    }

    std::uint16_t tls_port = 0;

  private:
    [[nodiscard]] loop::Spawn what() const override {
        return {.program = "/usr/sbin/ngircd",
                .args = {"-n", "-f", directory_ / "ngircd.conf"},
                .env = {}};
    }
    std::filesystem::path directory_;
};

class IrcPerson final : private loop::Stream::Events {
  public:
    // Registered when it returns.
    IrcPerson(loop::Loop& loop, const IrcServer& server, const std::string& nick) : loop_(loop) {
        auto socket = find_irc_socket(server.port);
        if (!socket) throw std::runtime_error("the IRC server takes no connection");
        stream_.reset(new loop::Stream(loop, std::move(*socket), *this, 1U << 20));
        write("NICK " + nick + "\r\nUSER " + nick + " 0 * :" + nick);
        const auto is_greeted = [this] {
            return heard.find(" 376 ") != std::string::npos ||
                   heard.find(" 422 ") != std::string::npos;
        };
        if (!loop.run_until(is_greeted, std::chrono::seconds(20)))
            throw std::runtime_error(nick + " is not let in: " + heard);
    }
    void write(const std::string& line) {
        if (const auto put = stream_->write(base::as_bytes(line + "\r\n")); !put) {
            throw std::runtime_error(put.error().message);
        }
    }
    bool wait_heard(const std::string& part) {
        return loop_.run_until([&] { return heard.find(part) != std::string::npos; },
                               std::chrono::seconds(20));
    }

    std::string heard;  // everything the server sent

  private:
    void on_data(base::ByteView bytes) override { heard.append(base::as_text(bytes)); }
    void on_closed(const Error&) override {}

    loop::Loop& loop_;
    std::unique_ptr<loop::Stream> stream_;
};

}  // namespace gw::tests
