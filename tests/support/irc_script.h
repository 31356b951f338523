#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// An IRC server that says only what the test says, and gatewayd-irc as a process on it.

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "loop/listener.h"
#include "loop/stream.h"
#include "tests/support/worker_process.h"

namespace gw::tests {

// Takes one connection at a time and says only what the test says.
class IrcScriptServer final : private loop::Stream::Events {
  public:
    explicit IrcScriptServer(loop::Loop& loop) : loop_(loop) {
        auto socket = loop::listen_tcp("127.0.0.1", 0);
        REQUIRE(socket);
        port = *loop::local_port(socket->get());
        listener_ = std::make_unique<loop::Listener>(loop, std::move(*socket), [this](base::Fd fd) {
            stream_.reset(new loop::Stream(loop_, std::move(fd), *this, 1U << 20));
        });
    }
    void say(const std::string& line) { REQUIRE(stream_->write(base::as_bytes(line + "\r\n"))); }
    void hang_up() { stream_.reset(); }
    [[nodiscard]] bool wait_heard(const std::string& line) {
        const std::string whole = "\r\n" + line + "\r\n";
        return loop_.run_until([&] { return heard.find(whole) != std::string::npos; },
                               std::chrono::seconds(20));
    }
    [[nodiscard]] bool wait_heard_part(const std::string& part) {
        return loop_.run_until([&] { return heard.find(part) != std::string::npos; },
                               std::chrono::seconds(20));
    }
    // Answers the PING that comes behind the next message; returns its token.
    void answer_ping() {
        const auto begin = [this] { return heard.find("\r\nPING :delivery-", answered_); };
        const auto is_whole = [&] {
            return begin() != std::string::npos &&
                   heard.find("\r\n", begin() + 2) != std::string::npos;
        };
        REQUIRE(loop_.run_until(is_whole, std::chrono::seconds(20)));
        const std::size_t at = begin() + 8;
        answered_ = heard.find("\r\n", at);
        say(":s PONG s :" + heard.substr(at, answered_ - at));
    }

    std::uint16_t port = 0;
    std::string heard = "\r\n";

  private:
    void on_data(base::ByteView bytes) override { heard.append(base::as_text(bytes)); }
    void on_closed(const Error&) override {}

    loop::Loop& loop_;
    std::unique_ptr<loop::Listener> listener_;
    std::unique_ptr<loop::Stream> stream_;
    std::size_t answered_ = 0;
};

struct IrcScript {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    IrcScriptServer server{*loop};
    std::map<std::string, std::string> secrets;
    std::string cursor;  // what a worker before this one left with the core
    std::unique_ptr<WorkerProcess> worker;

    void start(const std::string& more = "") {
        worker = std::make_unique<WorkerProcess>(*loop, GW_IRC_WORKER);
        REQUIRE(worker->next(proto::WorkerToCore::kHello));
        proto::CoreToWorker message;
        auto& configure = *message.mutable_configure();
        configure.set_generation(1);
        configure.set_cursor(cursor);
        configure.set_settings_json(
            "{\"host\":\"127.0.0.1\",\"port\":" + std::to_string(server.port) +
            ",\"nick\":\"bot\",\"floodDelayMs\":0" + more + "}");
        for (const auto& [key, value] : secrets)
            (*configure.mutable_secrets())[key] = value;
        worker->say(message);
    }
    // Returns what the worker says about it.
    std::string wait_link(proto::LinkState state) {
        const auto changed = worker->next([state](const proto::WorkerToCore& message) {
            return message.has_link_changed() && message.link_changed().state() == state;
        });
        REQUIRE(changed);
        return changed->link_changed().detail();
    }
    // To be connected, but for channels.
    void greet() {
        server.say(":s 001 bot :Welcome");
        server.say(":s 376 bot :End");
    }
    void connect(const std::string& more = "") {
        start(more);
        REQUIRE(server.wait_heard("NICK bot"));
        greet();
        wait_link(proto::LINK_STATE_CONNECTED);
    }
    // What comes in before ann says "mark".
    std::vector<proto::MessageReceived> received() {
        server.say(":ann!a@h PRIVMSG bot :mark");
        std::vector<proto::MessageReceived> all;
        while (true) {
            const auto next = worker->next(proto::WorkerToCore::kMessageReceived);
            REQUIRE(next);
            if (next->message_received().text() == "mark") return all;
            all.push_back(next->message_received());
        }
    }
};

}  // namespace gw::tests
