// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// The IRC client against a scripted server on loopback.

#include "workers/irc/client.h"

#include <doctest/doctest.h>

#include "loop/listener.h"

using namespace gw;
using namespace gw::irc;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

namespace {

// Takes one connection at a time, keeps what it reads, answers what it is told to.
class Server final : private loop::Stream::Events {
  public:
    explicit Server(loop::Loop& loop) : loop_(loop) {
        auto socket = loop::listen_tcp("127.0.0.1", 0);
        REQUIRE(socket);
        port = *loop::local_port(socket->get());
        listener_ = std::make_unique<loop::Listener>(loop, std::move(*socket), [this](base::Fd fd) {
            ++connections;
            stream_.reset(new loop::Stream(loop_, std::move(fd), *this, 1U << 20));
        });
    }
    void say(const std::string& line) { CHECK(stream_->write(base::as_bytes(line + "\r\n"))); }
    void hang_up() { stream_.reset(); }
    [[nodiscard]] bool has_heard(std::string_view line) const {
        return heard.find(std::string(line) + "\r\n") != std::string::npos;
    }
    // The token of the last "PING :delivery-…".
    [[nodiscard]] std::string last_ping() const {
        const std::size_t at = heard.rfind("PING :delivery-");
        if (at == std::string::npos) return {};
        return heard.substr(at + 6, heard.find('\r', at) - at - 6);
    }

    std::uint16_t port = 0;
    int connections = 0;
    std::string heard;

  private:
    void on_data(base::ByteView bytes) override { heard.append(base::as_text(bytes)); }
    void on_closed(const Error&) override {}

    loop::Loop& loop_;
    std::unique_ptr<loop::Listener> listener_;
    std::unique_ptr<loop::Stream> stream_;
};

struct Seen final : Client::Events {
    void on_link(proto::LinkState state, const std::string& what, const std::string&) override {
        link = state;
        detail = what;
    }
    workers::Flow on_said(std::string_view line) override {
        if (const auto message = client->find_message(line)) said.push_back(*message);
        return flow;
    }
    void on_alive() override {}
    void on_gap(std::int64_t, std::int64_t, const std::string&) override { ++gaps; }
    workers::Core::Start may_begin(const std::string&) override { return workers::Core::Start::go; }
    void on_delivered(const std::string& id, const std::string&) override {
        delivered.push_back(id);
    }
    void on_refused(const std::string& id, proto::SendFailure failure, const std::string& why,
                    std::uint32_t) override {
        refused.push_back(id + ' ' + std::to_string(failure) + ' ' + why);
    }
    proto::LinkState link = proto::LINK_STATE_UNSPECIFIED;
    std::string detail;
    std::vector<Message> said;
    workers::Flow flow = workers::Flow::go_on;
    const Client* client = nullptr;
    std::vector<std::string> delivered;
    std::vector<std::string> refused;
    int gaps = 0;
};

struct Fixture {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    base::SystemClock clock;
    Server server{*loop};
    Seen seen;
    std::unique_ptr<Client> client;

    void start() {
        Settings settings;
        settings.host = "127.0.0.1";
        settings.port = server.port;
        settings.nick = "bot";
        settings.username = "u";
        settings.realname = "Real Name";
        settings.channels = {{"#chat", ""}};
        settings.flood_delay = std::chrono::milliseconds(0);
        client = std::make_unique<Client>(*loop, clock, settings, nullptr, seen);
        seen.client = client.get();
        client->start(0);
    }
    bool wait(const std::function<bool()>& done) { return loop->run_until(done, 10s); }
    bool wait_heard(std::string_view line) {
        return wait([&] { return server.has_heard(line); });
    }
    void connect() {
        start();
        REQUIRE(wait_heard("USER u 0 * :Real Name"));
        server.say(":s 001 bot :Welcome");
        server.say(":s 376 bot :End");
        REQUIRE(wait_heard("JOIN #chat"));
        server.say(":bot!u@host JOIN #chat");
        server.say(":s 366 bot #chat :End");
        REQUIRE(wait([&] { return seen.link == proto::LINK_STATE_CONNECTED; }));
    }
};

}  // namespace

TEST_CASE("irc client: registers, joins and is connected") {
    Fixture f;
    f.connect();
    CHECK(f.server.has_heard("NICK bot"));
    CHECK(f.seen.detail == "registered as bot on 127.0.0.1");
}

TEST_CASE("irc client: a taken nick gets a tail") {
    Fixture f;
    f.start();
    REQUIRE(f.wait_heard("NICK bot"));
    f.server.say(":s 433 * bot :Nickname is already in use");
    REQUIRE(f.wait_heard("NICK bot_"));
}

TEST_CASE("irc client: pings are answered, also while registering") {
    Fixture f;
    f.start();
    REQUIRE(f.wait_heard("NICK bot"));
    f.server.say("PING :cookie");
    CHECK(f.wait_heard("PONG :cookie"));
}

TEST_CASE("irc client: what people say arrives, what it says itself does not") {
    Fixture f;
    f.connect();
    f.server.say(":bot!u@host PRIVMSG #chat :my own");
    f.server.say(":s NOTICE bot :from the server");
    f.server.say(":ann!a@h PRIVMSG bot :direct");
    f.server.say(":ann!a@h PRIVMSG #chat :bot: mention");
    f.server.say(":ann!a@h NOTICE bot :notice");
    REQUIRE(f.wait([&] { return f.seen.said.size() == 3; }));
    CHECK(f.seen.said[0].peer == "ann");
    CHECK(f.seen.said[0].sender == "ann!a@h");
    CHECK(f.seen.said[1].peer == "#chat");
    CHECK(f.seen.said[1].is_addressed);
    CHECK(f.seen.said[1].text == "mention");
    CHECK(f.seen.said[2].is_notice);
}

TEST_CASE(
    "irc client: asked to read less it stops within what it has read, and reads on when told") {
    Fixture f;
    f.connect();
    f.seen.flow = workers::Flow::read_less;
    f.server.say(":ann!a@h PRIVMSG bot :one\r\n:ann!a@h PRIVMSG bot :two");
    REQUIRE(f.wait([&] { return f.seen.said.size() == 1; }));
    f.server.say(":ann!a@h PRIVMSG bot :three");
    CHECK_FALSE(f.loop->run_until([&] { return f.seen.said.size() > 1; }, 50ms));
    f.client->read_on();
    CHECK(f.seen.said.size() == 2);
    f.seen.flow = workers::Flow::go_on;
    f.client->read_on();
    REQUIRE(f.wait([&] { return f.seen.said.size() == 3; }));
    CHECK(f.seen.said[2].text == "three");
}

TEST_CASE("irc client: a message is delivered when the ping behind it is answered") {
    Fixture f;
    f.connect();
    f.client->send("d1", "ann", "hello\nthere");
    REQUIRE(f.wait([&] { return !f.server.last_ping().empty(); }));
    CHECK(f.server.has_heard("PRIVMSG ann :hello"));
    CHECK(f.server.has_heard("PRIVMSG ann :there"));
    CHECK(f.seen.delivered.empty());
    f.server.say(":s PONG s :" + f.server.last_ping());
    REQUIRE(f.wait([&] { return f.seen.delivered.size() == 1; }));
    CHECK(f.seen.delivered[0] == "d1");
}

TEST_CASE("irc client: an error about the target before the pong is a refusal") {
    Fixture f;
    f.connect();
    f.client->send("d1", "nobody", "hello");
    REQUIRE(f.wait([&] { return !f.server.last_ping().empty(); }));
    f.server.say(":s 401 bot nobody :No such nick");
    f.server.say(":s PONG s :" + f.server.last_ping());
    REQUIRE(f.wait([&] { return f.seen.refused.size() == 1; }));
    CHECK(f.seen.refused[0] == "d1 2 No such nick");
}

TEST_CASE("irc client: text cannot carry a second command") {
    Fixture f;
    f.connect();
    f.client->send("d1", "ann\r\nQUIT", "x");
    REQUIRE(f.seen.refused.size() == 1);
    CHECK(f.seen.refused[0].starts_with("d1 2"));
    f.client->send("d2", "ann", "a\r\nQUIT :b");
    REQUIRE(f.wait_heard("PRIVMSG ann :QUIT :b"));
    CHECK_FALSE(f.server.has_heard("\r\nQUIT :b"));
}

TEST_CASE("irc client: a lost connection leaves what was under way uncertain, and is a gap") {
    Fixture f;
    f.connect();
    f.client->send("begun", "ann", "1");
    f.client->send("waiting", "ann", "2");
    REQUIRE(f.wait([&] { return !f.server.last_ping().empty(); }));
    f.server.hang_up();
    REQUIRE(f.wait([&] { return f.seen.refused.size() == 2; }));
    CHECK(f.seen.refused[0].starts_with("begun 3"));
    CHECK(f.seen.refused[1].starts_with("waiting 1"));
    CHECK(f.seen.gaps == 0);
    f.server.heard.clear();
    REQUIRE(f.wait_heard("NICK bot"));
    CHECK(f.server.connections == 2);
    f.server.say(":s 001 bot :Welcome");
    f.server.say(":s 422 bot :No MOTD");
    REQUIRE(f.wait_heard("JOIN #chat"));
    f.server.say(":s 366 bot #chat :End");
    REQUIRE(f.wait([&] { return f.seen.gaps == 1; }));
}

TEST_CASE("irc client: a refused password needs a human") {
    Fixture f;
    f.start();
    REQUIRE(f.wait_heard("NICK bot"));
    f.server.say(":s 464 bot :Password incorrect");
    REQUIRE(f.wait([&] { return f.seen.link == proto::LINK_STATE_BLOCKED; }));
    CHECK(f.seen.detail.find("channels.irc.password") != std::string::npos);
}

TEST_CASE("irc client: stops with a goodbye") {
    Fixture f;
    f.connect();
    bool is_done = false;
    f.client->stop([&] { is_done = true; });
    REQUIRE(f.wait_heard("QUIT :gatewayd stops"));
    f.server.hang_up();
    CHECK(f.wait([&] { return is_done; }));
}
