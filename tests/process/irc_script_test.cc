// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// gatewayd-irc as a process on a server that follows a script: what no well-behaved server says.

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "loop/listener.h"
#include "loop/stream.h"
#include "tests/support/worker_process.h"

using namespace gw;
using Said = proto::WorkerToCore;

namespace {

// Takes one connection at a time and says only what the test says.
class Server final : private loop::Stream::Events {
  public:
    explicit Server(loop::Loop& loop) : loop_(loop) {
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

struct Fixture {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    Server server{*loop};
    std::unique_ptr<tests::WorkerProcess> worker;

    void start(const std::string& more = "", const std::string& password = "") {
        worker = std::make_unique<tests::WorkerProcess>(*loop, GW_IRC_WORKER);
        REQUIRE(worker->next(Said::kHello));
        proto::CoreToWorker message;
        auto& configure = *message.mutable_configure();
        configure.set_generation(1);
        configure.set_settings_json(
            "{\"host\":\"127.0.0.1\",\"port\":" + std::to_string(server.port) +
            ",\"nick\":\"bot\",\"floodDelayMs\":0" + more + "}");
        if (!password.empty()) (*configure.mutable_secrets())["password"] = password;
        worker->say(message);
    }
    void connect() {
        start();
        REQUIRE(server.wait_heard("NICK bot"));
        server.say(":s 001 bot :Welcome");
        server.say(":s 376 bot :End");
        REQUIRE(worker->next([](const Said& message) {
            return message.link_changed().state() == proto::LINK_STATE_CONNECTED;
        }));
    }
    // What comes in before ann says "mark".
    std::vector<proto::MessageReceived> received() {
        server.say(":ann!a@h PRIVMSG bot :mark");
        std::vector<proto::MessageReceived> all;
        while (true) {
            const auto next = worker->next(Said::kMessageReceived);
            REQUIRE(next);
            if (next->message_received().text() == "mark") return all;
            all.push_back(next->message_received());
        }
    }
};

}  // namespace

TEST_CASE("irc script: a refusal without words is still a refusal") {
    Fixture f;
    f.connect();
    f.worker->order("d1", "ann", "hello");
    REQUIRE(f.server.wait_heard("PRIVMSG ann :hello"));
    f.server.say(":s 401 bot ann :");
    f.server.answer_ping();
    const auto failed = f.worker->next(Said::kSendFailed);
    REQUIRE(failed);
    CHECK(failed->send_failed().failure() == proto::SEND_FAILURE_PERMANENT);
    CHECK(failed->send_failed().reason() == "error 401");
}

TEST_CASE("irc script: an error about somebody else is not about this message") {
    Fixture f;
    f.connect();
    f.worker->order("d1", "ann", "hello");
    REQUIRE(f.server.wait_heard("PRIVMSG ann :hello"));
    f.server.say(":s 401 bot bob :No such nick");
    f.server.answer_ping();
    CHECK(f.worker->next(Said::kSendDone));
}

TEST_CASE("irc script: text is text, whatever it holds") {
    Fixture f;
    f.connect();
    f.worker->order("d1", "ann", std::string("one\r\nQUIT :two\0\x01VERSION\x01\n", 25));
    CHECK(f.server.wait_heard("PRIVMSG ann :one"));
    CHECK(f.server.wait_heard("PRIVMSG ann :QUIT :twoVERSION"));
}

TEST_CASE("irc script: nobody is spoken to but nicks and channels") {
    Fixture f;
    f.connect();
    for (const char* to :
         {"", "a b", "a\r\nQUIT", "a,b", ":a", "$*", "a!u@h", "a@h", "1a", "#", "*"}) {
        CAPTURE(to);
        f.worker->order("d", to, "hello");
        const auto failed = f.worker->next(Said::kSendFailed);
        REQUIRE(failed);
        CHECK(failed->send_failed().failure() == proto::SEND_FAILURE_PERMANENT);
    }
    CHECK(f.server.heard.find("PRIVMSG") == std::string::npos);
}

TEST_CASE("irc script: a connection lost under way is uncertain for what began, no more") {
    Fixture f;
    f.connect();
    f.worker->order("begun", "ann", "hello");
    f.worker->order("waiting", "ann", "there");
    REQUIRE(f.server.wait_heard("PRIVMSG ann :hello"));
    f.server.hang_up();
    const auto begun = f.worker->next(Said::kSendFailed);
    REQUIRE(begun);
    CHECK(begun->send_failed().delivery_id() == "begun");
    CHECK(begun->send_failed().failure() == proto::SEND_FAILURE_UNCERTAIN);
    const auto waiting = f.worker->next(Said::kSendFailed);
    REQUIRE(waiting);
    CHECK(waiting->send_failed().delivery_id() == "waiting");
    CHECK(waiting->send_failed().failure() == proto::SEND_FAILURE_TRANSIENT);
    const auto was_announced = [](const Said& message) {
        return message.attempt_started().delivery_id() == "waiting";
    };
    CHECK(std::none_of(f.worker->said.begin(), f.worker->said.end(), was_announced));
}

TEST_CASE("irc script: what is not said to the account does not come in") {
    Fixture f;
    f.connect();
    f.server.say(":ann!a@h PRIVMSG @#chat :to its operators");
    f.server.say(":oper!a@h PRIVMSG $*.example :to everybody");
    f.server.say(":bot!u@h PRIVMSG bot :its own");
    f.server.say(":s NOTICE bot :the server's");
    f.server.say(":ann!a@h PRIVMSG bot :\x01VERSION\x01");
    f.server.say(":ann!a@h PRIVMSG bot :\x02 \x0f");
    f.server.say(":ann!a@" + std::string(600, 'h') +
                 " PRIVMSG bot :a name the core would not take");
    CHECK(f.received().empty());
}

TEST_CASE("irc script: no bytes from a server can break the contract") {
    Fixture f;
    f.connect();
    for (const char* line : {":",
                             " ",
                             "@",
                             "@a",
                             ":a",
                             ":a ",
                             ":!@ PRIVMSG",
                             ":a!b@c PRIVMSG",
                             ":a!b@c PRIVMSG bot",
                             ":a!b@c PRIVMSG bot :",
                             ":\x01!b@c PRIVMSG bot :x",
                             "001",
                             "5",
                             "433",
                             "PONG",
                             "NICK",
                             "KICK",
                             "JOIN",
                             ":bot!u@h NICK",
                             ":bot!u@h NICK :",
                             "99999999999999999999"}) {
        f.server.say(line);
    }
    f.server.say(":ann!a@h PRIVMSG bot :\xff\xfe gr\xfc\xdf");
    const auto all = f.received();
    REQUIRE(all.size() == 1);
    CHECK(all[0].text() == "\xc3\xbf\xc3\xbe gr\xc3\xbc\xc3\x9f");
}

TEST_CASE("irc script: a channel that cannot be joined costs only itself") {
    Fixture f;
    f.start(",\"channels\":[\"#a\",\"#b\"]");
    REQUIRE(f.server.wait_heard("NICK bot"));
    f.server.say(":s 001 bot :Welcome");
    f.server.say(":s 422 bot :No message of the day");
    REQUIRE(f.server.wait_heard("JOIN #b"));
    f.server.say(":s 437 bot #a :temporarily unavailable");
    f.server.say(":s 366 bot #b :End");
    CHECK(f.worker->next([](const Said& message) {
        return message.link_changed().state() == proto::LINK_STATE_CONNECTED;
    }));
}

TEST_CASE("irc script: a password is said first, whole, and refused ones need a human") {
    Fixture f;
    f.start("", "two words");
    REQUIRE(f.server.wait_heard("NICK bot"));
    CHECK(f.server.heard.starts_with("\r\nPASS :two words\r\nNICK bot\r\n"));
    f.server.say(":s 464 * :Password incorrect");
    const auto blocked = f.worker->next([](const Said& message) {
        return message.link_changed().state() == proto::LINK_STATE_BLOCKED;
    });
    REQUIRE(blocked);
    CHECK(blocked->link_changed().detail().find("two words") == std::string::npos);
}

TEST_CASE("irc script: a password cannot carry a second command") {
    Fixture f;
    f.start("", "x\r\nQUIT");
    const auto changed = f.worker->next(Said::kLinkChanged);
    REQUIRE(changed);
    CHECK(changed->link_changed().state() == proto::LINK_STATE_BLOCKED);
}
