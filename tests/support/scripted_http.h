#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// ScriptedHttp: a small HTTP server on loopback that does to each request what a test says,
// indecent things included. Runs on the test's loop.

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "loop/listener.h"
#include "loop/loop.h"
#include "loop/stream.h"

namespace gw::tests {

class ScriptedHttp {
  public:
    struct Seen {
        std::string method;
        std::string target;  // path and query
        std::string head;    // all of it
        std::string body;
        int connection = 0;  // from 1
    };
    struct Answer {
        enum class Then { keep, close };
        int status = 200;
        std::string body = {};
        std::string headers = {};  // lines, each with its CRLF
        Then then = Then::keep;
        std::string raw = {};  // instead of all of the above: exactly these bytes
    };
    // What becomes of a request; nothing: it is held until the connection ends.
    using Script = std::function<std::unique_ptr<Answer>(const Seen&)>;

    explicit ScriptedHttp(loop::Loop& loop) : loop_(loop) { start(0); }

    static std::unique_ptr<Answer> reply(std::string body, int status = 200) {
        return std::make_unique<Answer>(Answer{.status = status, .body = std::move(body)});
    }
    static std::unique_ptr<Answer> hang_up() {
        return std::make_unique<Answer>(Answer{.then = Answer::Then::close, .raw = " "});
    }

    // As after kill -9: nobody listens and every connection is gone.
    void stop() {
        listener_.reset();
        connections_.clear();
    }
    void start(std::uint16_t wanted) {
        auto socket = loop::listen_tcp("127.0.0.1", wanted);
        if (!socket) throw std::runtime_error(socket.error().message);
        port = *loop::local_port(socket->get());
        listener_ =
            std::make_unique<loop::Listener>(loop_, std::move(*socket), [this](base::Fd fd) {
                connections_.push_back(std::make_unique<Connection>(*this, std::move(fd)));
            });
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }

    Script script;
    std::vector<Seen> seen;
    std::uint16_t port = 0;
    int connections = 0;

  private:
    struct Connection final : loop::Stream::Events {
        Connection(ScriptedHttp& o, base::Fd fd)
            : owner(o), number(++o.connections), stream(o.loop_, std::move(fd), *this, 64U << 20) {}
        void on_data(base::ByteView bytes) override {
            input += base::as_text(bytes);
            while (!is_held && take_request()) {
            }
        }
        void on_closed(const Error&) override { owner.drop(this); }

        bool take_request() {
            const auto end = input.find("\r\n\r\n");
            if (end == std::string::npos) return false;
            Seen request;
            request.head = input.substr(0, end + 2);
            std::size_t length = 0;
            if (const auto at = request.head.find("Content-Length: "); at != std::string::npos) {
                length = std::stoul(request.head.substr(at + 16));
            }
            if (input.size() < end + 4 + length) return false;
            request.body = input.substr(end + 4, length);
            input.erase(0, end + 4 + length);
            request.method = request.head.substr(0, request.head.find(' '));
            const auto target = request.method.size() + 1;
            request.target = request.head.substr(target, request.head.find(' ', target) - target);
            request.connection = number;
            owner.seen.push_back(request);
            answer(owner.script(request));
            return true;
        }
        void answer(std::unique_ptr<Answer> with) {
            if (!with) {
                is_held = true;
                return;
            }
            std::string bytes = with->raw;
            if (bytes.empty()) {
                bytes = "HTTP/1.1 " + std::to_string(with->status) + " Whatever\r\n" +
                        with->headers + "Content-Length: " + std::to_string(with->body.size()) +
                        "\r\n\r\n" + with->body;
            }
            // A single space is no answer at all.
            if (bytes != " ") static_cast<void>(stream.write(base::as_bytes(bytes)));
            if (with->then == Answer::Then::close) stream.finish();
        }

        ScriptedHttp& owner;
        int number;
        std::string input;
        bool is_held = false;
        loop::Stream stream;
    };
    void drop(Connection* gone) {
        connections_.remove_if([gone](const auto& one) { return one.get() == gone; });
    }

    loop::Loop& loop_;
    std::unique_ptr<loop::Listener> listener_;
    std::list<std::unique_ptr<Connection>> connections_;
};

}  // namespace gw::tests
