// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// gatewayd-irc as a process on a real IRC server, with the test in the core's place.

#include <doctest/doctest.h>

#include <csignal>
#include <map>
#include <string>

#include "tests/support/ircd.h"
#include "tests/support/worker_process.h"

using namespace gw;
using Said = proto::WorkerToCore;

namespace {

struct Fixture {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    tests::Ircd server{*loop};
    std::unique_ptr<tests::WorkerProcess> worker;

    Fixture() { server.start(); }

    // state and cursor: what a worker before this one left with the core.
    void start_worker(const std::string& nick, const std::string& more = "",
                      const std::map<std::string, std::string>& state = {},
                      const std::string& cursor = "") {
        worker = std::make_unique<tests::WorkerProcess>(*loop, GW_IRC_WORKER);
        worker->state = state;
        worker->cursor = cursor;
        REQUIRE(worker->next(Said::kHello));
        worker->configure("{\"host\":\"127.0.0.1\",\"port\":" + std::to_string(server.port) +
                          ",\"nick\":\"" + nick + "\",\"channels\":[\"#room\"]" + more + "}");
        REQUIRE(worker->next(Said::kReady));
    }
    std::string wait_connected() {
        const auto changed = worker->next([](const Said& message) {
            return message.link_changed().state() == proto::LINK_STATE_CONNECTED;
        });
        REQUIRE(changed);
        return changed->link_changed().self_id();
    }
};

}  // namespace

TEST_CASE("irc worker: a direct message comes in and its answer goes out") {
    Fixture f;
    f.start_worker("gatebot");
    CHECK(f.wait_connected() == "gatebot");
    tests::IrcPerson ann(*f.loop, f.server, "ann");

    ann.write("PRIVMSG gatebot :hello there");
    const auto received = f.worker->next(Said::kMessageReceived);
    REQUIRE(received);
    const auto& message = received->message_received();
    CHECK(message.event_id() == "1-1");
    CHECK(message.peer() == "ann");
    CHECK(message.sender_id() == "ann!~ann@127.0.0.1");
    CHECK(message.sender_name() == "ann");
    CHECK(message.sender_is_mutable());
    CHECK(message.chat_type() == proto::CHAT_TYPE_DIRECT);
    CHECK(message.text() == "hello there");

    f.worker->order("d1", message.peer(), "hello ann");
    REQUIRE(f.worker->next(Said::kAttemptStarted));
    const auto done = f.worker->next(Said::kSendDone);
    REQUIRE(done);
    CHECK(done->send_done().delivery_id() == "d1");
    CHECK(ann.wait_heard(":gatebot!~gatewayd@127.0.0.1 PRIVMSG ann :hello ann\r\n"));
}

TEST_CASE("irc worker: in a channel it knows when it is meant") {
    Fixture f;
    f.start_worker("gatebot");
    f.wait_connected();
    tests::IrcPerson ann(*f.loop, f.server, "ann");
    ann.write("JOIN #room");
    REQUIRE(ann.wait_heard(" 366 "));
    ann.write("PRIVMSG #room :nobody in particular");
    ann.write("PRIVMSG #room :GateBot: are you there?");
    ann.write("NOTICE #room :gatebot, do not answer");

    const auto idle = f.worker->next(Said::kMessageReceived);
    REQUIRE(idle);
    CHECK_FALSE(idle->message_received().was_mentioned());
    const auto meant = f.worker->next(Said::kMessageReceived);
    REQUIRE(meant);
    CHECK(meant->message_received().was_mentioned());
    CHECK(meant->message_received().peer() == "#room");
    CHECK(meant->message_received().chat_type() == proto::CHAT_TYPE_CHANNEL);
    CHECK(meant->message_received().text() == "are you there?");
    const auto notice = f.worker->next(Said::kMessageReceived);
    REQUIRE(notice);
    CHECK(notice->message_received().is_notice());
}

TEST_CASE("irc worker: a message to nobody fails for good, in the server's words") {
    Fixture f;
    f.start_worker("gatebot");
    f.wait_connected();
    f.worker->order("d1", "nobody", "hello");
    const auto failed = f.worker->next(Said::kSendFailed);
    REQUIRE(failed);
    CHECK(failed->send_failed().failure() == proto::SEND_FAILURE_PERMANENT);
    CHECK(failed->send_failed().reason() == "No such nick or channel name");
}

TEST_CASE("irc worker: a long text arrives whole, in lines that fit") {
    Fixture f;
    f.start_worker("gatebot", ",\"floodDelayMs\":0");
    f.wait_connected();
    tests::IrcPerson ann(*f.loop, f.server, "ann");
    std::string text;
    for (int i = 0; i < 400; ++i)
        text += "\xc3\xbc";
    f.worker->order("d1", "ann", text);
    REQUIRE(f.worker->next(Said::kSendDone));
    f.worker->order("d2", "ann", "the end");
    REQUIRE(ann.wait_heard(" PRIVMSG ann :the end\r\n"));
    std::string arrived;
    const std::string mark = " PRIVMSG ann :";
    for (std::size_t at = 0; (at = ann.heard.find(mark, at)) != std::string::npos;) {
        at += mark.size();
        arrived += ann.heard.substr(at, ann.heard.find('\r', at) - at);
    }
    CHECK(arrived == text + "the end");
}

TEST_CASE("irc worker: a nick that is taken gets another, as long as the server allows") {
    Fixture f;
    SUBCASE("there is room for a tail") {
        const tests::IrcPerson holder(*f.loop, f.server, "gatebot");
        f.start_worker("gatebot");
        CHECK(f.wait_connected() == "gatebot_");
    }
    SUBCASE("ngircd takes nine characters and no more") {
        const tests::IrcPerson holder(*f.loop, f.server, "gatewayd1");
        f.start_worker("gatewayd1");
        CHECK(f.wait_connected() == "gatewayd_");
    }
}

TEST_CASE("irc worker: a server that goes away is waited for, and the time between is a gap") {
    Fixture f;
    f.start_worker("gatebot");
    f.wait_connected();
    f.server.stop();
    const auto lost = f.worker->next(Said::kLinkChanged);
    REQUIRE(lost);
    CHECK(lost->link_changed().state() == proto::LINK_STATE_CONNECTING);

    f.worker->order("d1", "ann", "hello");
    const auto failed = f.worker->next(Said::kSendFailed);
    REQUIRE(failed);
    CHECK(failed->send_failed().failure() == proto::SEND_FAILURE_TRANSIENT);
    CHECK(failed->send_failed().retry_after_ms() > 0);

    f.server.start();
    CHECK(f.wait_connected() == "gatebot");
    const auto gap = f.worker->next(Said::kGapNoticed);
    REQUIRE(gap);
    CHECK(gap->gap_noticed().from_ms() > 0);
    CHECK(gap->gap_noticed().from_ms() < gap->gap_noticed().to_ms());
    // It is in its channel again.
    tests::IrcPerson ann(*f.loop, f.server, "ann");
    ann.write("JOIN #room");
    CHECK(ann.wait_heard("gatebot"));
}

TEST_CASE("irc worker: what was said while none ran is a gap of the next") {
    Fixture f;
    f.start_worker("gatebot");
    f.wait_connected();
    tests::IrcPerson ann(*f.loop, f.server, "ann");
    ann.write("PRIVMSG gatebot :hello");
    const auto heard = f.worker->next(Said::kMessageReceived);
    REQUIRE(heard);
    const std::string cursor = heard->message_received().cursor();
    const auto state = f.worker->state;
    REQUIRE(state.size() == 1);
    f.worker->signal(SIGKILL);
    REQUIRE(f.worker->wait_exit());

    SUBCASE("since the last message") {
        f.start_worker("gatebot", "", state, cursor);
    }
    SUBCASE("since it began to listen, when there was none") {
        f.start_worker("gatebot", "", state);
    }
    f.wait_connected();
    const auto gap = f.worker->next(Said::kGapNoticed);
    REQUIRE(gap);
    const std::string since = f.worker->cursor.empty() ? state.begin()->second : cursor;
    CHECK(std::to_string(gap->gap_noticed().from_ms()) == since);
    CHECK(gap->gap_noticed().from_ms() < gap->gap_noticed().to_ms());
}

TEST_CASE("irc worker: the first one ever has missed nothing") {
    Fixture f;
    f.start_worker("gatebot");
    f.wait_connected();
    tests::IrcPerson ann(*f.loop, f.server, "ann");
    ann.write("PRIVMSG gatebot :hello");
    REQUIRE(f.worker->next(Said::kMessageReceived));
    for (const Said& message : f.worker->said)
        CHECK_FALSE(message.has_gap_noticed());
}

TEST_CASE("irc worker: takes its leave when asked to stop") {
    Fixture f;
    f.start_worker("gatebot");
    f.wait_connected();
    tests::IrcPerson ann(*f.loop, f.server, "ann");
    ann.write("JOIN #room");
    REQUIRE(ann.wait_heard(" 366 "));
    proto::CoreToWorker message;
    message.mutable_shutdown();
    f.worker->say(message);
    REQUIRE(f.worker->wait_exit());
    CHECK(*f.worker->exit == loop::Exit{});
    CHECK(ann.wait_heard("gatewayd stops"));
}
