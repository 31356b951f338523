// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// gatewayd-irc as a process on a scripted server that knows IRCv3: capabilities, SASL, tags,
// labels, echoes and history.

#include <doctest/doctest.h>

#include <algorithm>

#include "base/clock.h"
#include "tests/support/irc_script.h"

using namespace gw;
using Said = proto::WorkerToCore;

namespace {

constexpr char kEverything[] =
    "account-tag batch draft/chathistory echo-message labeled-response message-tags server-time";
constexpr char kWithoutLabels[] = "echo-message message-tags";

struct Fixture : tests::IrcScript {
    // Agrees to offered and greets.
    void connect_with(const std::string& offered, const std::string& more = "") {
        start(more);
        greet_with(offered);
        wait_link(proto::LINK_STATE_CONNECTED);
    }
    void greet_with(const std::string& offered) {
        REQUIRE(server.wait_heard("CAP LS 302"));
        server.say(":s CAP * LS :" + offered);
        REQUIRE(server.wait_heard("CAP REQ :" + offered));
        server.say(":s CAP * ACK :" + offered);
        REQUIRE(server.wait_heard("CAP END"));
        greet();
    }
    // The label of the first line that says text.
    std::string wait_label(const std::string& text) {
        const auto find = [&] { return server.heard.find(" PRIVMSG " + text + "\r\n"); };
        REQUIRE(
            loop->run_until([&] { return find() != std::string::npos; }, std::chrono::seconds(20)));
        const std::size_t at = server.heard.rfind("@label=", find()) + 7;
        return server.heard.substr(at, server.heard.find_first_of("; ", at) - at);
    }
    proto::SendFailed next_failed() {
        const auto failed = worker->next(Said::kSendFailed);
        REQUIRE(failed);
        return failed->send_failed();
    }
};

}  // namespace

TEST_CASE("irc v3: time, account, ids and replies are taken from tags") {
    Fixture f;
    f.connect_with(kEverything);
    f.server.say(
        "@time=2026-01-30T09:00:00.000Z;account=Ann;msgid=m\\s1;+draft/reply=m0 "
        ":ann!a@h PRIVMSG bot :hello");
    f.server.say("@account=* :bob!b@h PRIVMSG bot :hi");
    const auto all = f.received();
    REQUIRE(all.size() == 2);
    CHECK(all[0].event_id() == "msgid:m 1");
    CHECK(all[0].provider_message_id() == "m 1");
    CHECK(all[0].provider_ms() == 1'769'763'600'000);
    CHECK(all[0].sender_id() == "Ann");
    CHECK(all[0].sender_name() == "ann");
    CHECK(all[0].peer() == "ann");
    CHECK_FALSE(all[0].sender_is_mutable());
    CHECK(all[0].reply_to() == "m0");
    CHECK(all[1].sender_id() == "bob!b@h");
    CHECK(all[1].sender_is_mutable());
    CHECK(all[1].event_id() == "1-1");
}

TEST_CASE("irc v3: a labelled echo confirms, before any pong, and says the id") {
    Fixture f;
    f.connect_with(kEverything);
    f.worker->order("d1", "ann", "hello");
    const std::string label = f.wait_label("ann :hello");
    f.server.say("@label=" + label + ";msgid=out1 :bot!u@h PRIVMSG ann :hello");
    const auto done = f.worker->next(Said::kSendDone);
    REQUIRE(done);
    CHECK(done->send_done().provider_message_id() == "out1");
    CHECK(f.received().empty());
}

TEST_CASE("irc v3: an acknowledgement, a batch or an error under the label settles a line") {
    Fixture f;
    f.connect_with(kEverything);
    f.worker->order("d1", "ann", "one");
    f.server.say("@label=" + f.wait_label("ann :one") + " :s ACK");
    REQUIRE(f.worker->next(Said::kSendDone));
    f.worker->order("d2", "ann", "two");
    f.server.say("@label=" + f.wait_label("ann :two") + " :s BATCH +b labeled-response");
    f.server.say("@batch=b :s NOTE PRIVMSG SLOW :something");
    f.server.say("@batch=b;msgid=m2 :bot!u@h PRIVMSG ann :two");
    f.server.say(":s BATCH -b");
    const auto done = f.worker->next(Said::kSendDone);
    REQUIRE(done);
    CHECK(done->send_done().provider_message_id() == "m2");
    f.worker->order("d3", "ann", "three");
    f.server.say("@label=" + f.wait_label("ann :three") + " :s 999 bot ann :Refused by whim");
    CHECK(f.next_failed().reason() == "Refused by whim");
    f.worker->order("d4", "ann", "four");
    f.server.say("@label=" + f.wait_label("ann :four") + " :s FAIL PRIVMSG NOPE ann :Not you");
    const auto failed = f.next_failed();
    CHECK(failed.reason() == "Not you");
    CHECK(failed.failure() == proto::SEND_FAILURE_PERMANENT);
}

TEST_CASE("irc v3: a pong without the promised echo leaves it uncertain") {
    Fixture f;
    SUBCASE("with labels") {
        f.connect_with(kEverything);
    }
    SUBCASE("without") {
        f.connect_with(kWithoutLabels);
    }
    f.worker->order("d1", "ann", "hello");
    f.server.answer_ping();
    const auto failed = f.next_failed();
    CHECK(failed.failure() == proto::SEND_FAILURE_UNCERTAIN);
    CHECK(failed.reason() == "the server did not confirm 1 of 1 lines");
}

TEST_CASE("irc v3: echoes without labels are matched by target and words") {
    Fixture f;
    f.connect_with(kWithoutLabels);
    f.worker->order("d1", "#chat", "hello");
    REQUIRE(f.server.wait_heard("PRIVMSG #chat :hello"));
    f.server.say("@msgid=x :bot!u@h PRIVMSG ann :hello");
    SUBCASE("the same words") {
        f.server.say("@msgid=out1 :bot!u@h PRIVMSG #Chat :hello");
        const auto done = f.worker->next(Said::kSendDone);
        REQUIRE(done);
        CHECK(done->send_done().provider_message_id() == "out1");
    }
    SUBCASE("other words count at the pong") {
        f.server.say(":bot!u@h PRIVMSG #chat :h****");
        f.server.answer_ping();
        CHECK(f.worker->next(Said::kSendDone));
    }
    CHECK(f.received().empty());
}

TEST_CASE("irc v3: an answer says what it answers") {
    Fixture f;
    f.connect_with(kWithoutLabels);
    proto::CoreToWorker message;
    auto& send = *message.mutable_send_message();
    send.set_delivery_id("d1");
    send.set_attempt(1);
    send.set_to("ann");
    send.set_text("yes\nindeed");
    send.set_reply_to("m;1 x");
    f.worker->say(message);
    CHECK(f.server.wait_heard("@+draft/reply=m\\:1\\sx PRIVMSG ann :yes"));
    CHECK(f.server.wait_heard("PRIVMSG ann :indeed"));
}

TEST_CASE("irc v3: SASL logs in before the greeting") {
    Fixture f;
    f.secrets["saslPassword"] = "s3cret";
    f.start(",\"sasl\":{\"account\":\"bot\"}");
    REQUIRE(f.server.wait_heard("CAP LS 302"));
    f.server.say(":s CAP * LS * :multi-prefix");
    f.server.say(":s CAP * LS :sasl=EXTERNAL,PLAIN");
    REQUIRE(f.server.wait_heard("CAP REQ :sasl"));
    f.server.say(":s CAP * ACK :sasl");
    REQUIRE(f.server.wait_heard("AUTHENTICATE PLAIN"));
    f.server.say("AUTHENTICATE +");
    REQUIRE(f.server.wait_heard("AUTHENTICATE Ym90AGJvdABzM2NyZXQ="));
    SUBCASE("taken") {
        f.server.say(":s 903 bot :SASL authentication successful");
        REQUIRE(f.server.wait_heard("CAP END"));
        f.greet();
    }
    SUBCASE("refused") {
        f.server.say(":s 904 bot :SASL authentication failed");
        const std::string detail = f.wait_link(proto::LINK_STATE_BLOCKED);
        CHECK(detail.find("channels.irc.saslPassword") != std::string::npos);
        CHECK(detail.find("s3cret") == std::string::npos);
    }
}

TEST_CASE("irc v3: without SASL nobody goes in who asked for it") {
    Fixture f;
    f.secrets["saslPassword"] = "s3cret";
    f.start(",\"sasl\":{\"account\":\"bot\"}");
    REQUIRE(f.server.wait_heard("NICK bot"));
    SUBCASE("the server knows no capabilities") {
        f.server.say(":s 001 bot :Welcome");
    }
    SUBCASE("the server does not offer it") {
        f.server.say(":s CAP * LS :batch");
        f.server.say(":s CAP * ACK :batch");
    }
    SUBCASE("the server offers another mechanism") {
        f.server.say(":s CAP * LS :sasl=SCRAM-SHA-256");
        f.server.say(":s CAP * ACK :sasl");
    }
    REQUIRE(f.worker->next([](const Said& message) {
        return message.link_changed().detail().find("SASL") != std::string::npos;
    }));
    CHECK(f.server.heard.find("AUTHENTICATE") == std::string::npos);
}

TEST_CASE("irc v3: what was missed is fetched, said once, and is no gap") {
    Fixture f;
    f.cursor = "1769763610000";  // 09:00:10
    f.start(",\"channels\":[\"#chat\"]");
    f.greet_with(kEverything);
    REQUIRE(f.server.wait_heard("JOIN #chat"));
    f.server.say("BATCH +auto chathistory #chat");
    f.server.say("@batch=auto;msgid=old;time=2026-01-30T08:00:00.000Z :ann!a@h PRIVMSG #chat :old");
    f.server.say("@batch=auto;time=2026-01-30T09:30:00.000Z :ann!a@h PRIVMSG #chat :without id");
    f.server.say("BATCH -auto");
    f.server.say(":s 366 bot #chat :End");
    REQUIRE(f.server.wait_heard_part("CHATHISTORY TARGETS timestamp=2026-01-30T09:00:00.000Z "));
    f.server.say("BATCH +t draft/chathistory-targets");
    f.server.say("@batch=t CHATHISTORY TARGETS ann 2026-01-30T10:00:00.000Z");
    f.server.say("BATCH -t");
    REQUIRE(f.server.wait_heard("CHATHISTORY AFTER #chat timestamp=2026-01-30T09:00:00.000Z 100"));
    f.server.say("BATCH +c chathistory #chat");
    f.server.say("@batch=c;msgid=m1;time=2026-01-30T09:01:00.000Z :ann!a@h PRIVMSG #chat :one");
    f.server.say("@batch=c;msgid=m2;time=2026-01-30T09:02:00.000Z :bot!a@h PRIVMSG #chat :own");
    f.server.say("BATCH -c");
    // It answered with less than a page, which need not be all.
    REQUIRE(f.server.wait_heard("CHATHISTORY AFTER #chat msgid=m2 100"));
    f.server.say("BATCH +d chathistory #chat");
    f.server.say("BATCH -d");
    REQUIRE(f.server.wait_heard("CHATHISTORY AFTER ann timestamp=2026-01-30T09:00:00.000Z 100"));
    SUBCASE("all of it") {
        f.server.say("BATCH +a chathistory ann");
        f.server.say("@batch=a;msgid=m3;time=2026-01-30T09:03:00.000Z :ann!a@h PRIVMSG bot :two");
        f.server.say("BATCH -a");
        const auto all = f.received();
        REQUIRE(all.size() == 2);
        CHECK(all[0].event_id() == "msgid:m1");
        CHECK(all[0].cursor() == "1769763610000");
        CHECK(all[1].text() == "two");
        const auto& said = f.worker->said;
        CHECK(std::none_of(said.begin(), said.end(),
                           [](const Said& message) { return message.has_gap_noticed(); }));
    }
    SUBCASE("not all of it") {
        f.server.say(":s FAIL CHATHISTORY INVALID_TARGET AFTER ann :No such conversation");
        const auto gap = f.worker->next(Said::kGapNoticed);
        REQUIRE(gap);
        CHECK(gap->gap_noticed().from_ms() == 1'769'763'610'000);
        CHECK(gap->gap_noticed().reason().find("No such conversation") != std::string::npos);
    }
}

TEST_CASE("irc v3: a server whose clock goes wrong is asked by its own clock") {
    Fixture f;
    f.cursor = "1769763645000";  // 09:00:45
    f.start(",\"channels\":[\"#chat\"]");
    f.greet_with(kEverything);
    REQUIRE(f.server.wait_heard("JOIN #chat"));
    // Two hours ahead.
    const std::int64_t now_ms = base::SystemClock().wall_ms();
    f.server.say("@time=" + base::rfc3339(now_ms + 7'200'000) + " :s 366 bot #chat :End");
    REQUIRE(f.server.wait_heard_part("CHATHISTORY TARGETS timestamp=2026-01-30T11:00:3"));
}

TEST_CASE("irc v3: what was said while the account was out of a channel is fetched") {
    Fixture f;
    f.start(",\"channels\":[\"#chat\"]");
    f.greet_with(kEverything);
    REQUIRE(f.server.wait_heard("JOIN #chat"));
    f.server.say(":s 366 bot #chat :End");
    f.wait_link(proto::LINK_STATE_CONNECTED);
    f.server.say(":op!o@h KICK #chat bot :out");
    f.server.heard = "\r\n";
    REQUIRE(f.server.wait_heard("JOIN #chat"));
    f.server.say(":s 366 bot #chat :End");
    REQUIRE(f.server.wait_heard_part("CHATHISTORY AFTER #chat timestamp="));
    CHECK(f.server.heard.find("TARGETS") == std::string::npos);
    const std::string now = base::rfc3339(base::SystemClock().wall_ms());
    f.server.say("BATCH +c chathistory #chat");
    f.server.say("@batch=c;msgid=m1;time=" + now + " :ann!a@h PRIVMSG #chat :one");
    f.server.say("BATCH -c");
    SUBCASE("it is not complete before") {
        const auto all = f.received();
        REQUIRE(all.size() == 1);
        // From the kick on, two seconds ago, as far as whoever comes after us is concerned.
        CHECK(std::stoll(all[0].cursor()) <= base::SystemClock().wall_ms() - 1900);
    }
    SUBCASE("all of it") {
        REQUIRE(f.server.wait_heard("CHATHISTORY AFTER #chat msgid=m1 100"));
        f.server.say("BATCH +d chathistory #chat");
        f.server.say("BATCH -d");
        const auto all = f.received();
        REQUIRE(all.size() == 1);
        CHECK(all[0].event_id() == "msgid:m1");
    }
    SUBCASE("not all of it") {
        REQUIRE(f.server.wait_heard("CHATHISTORY AFTER #chat msgid=m1 100"));
        f.server.say(":s FAIL CHATHISTORY MESSAGE_ERROR AFTER #chat :Cannot be had");
        const auto gap = f.worker->next(Said::kGapNoticed);
        REQUIRE(gap);
        CHECK(gap->gap_noticed().reason().find("was not in #chat; ") == 0);
        CHECK(gap->gap_noticed().to_ms() >= gap->gap_noticed().from_ms());
    }
}

TEST_CASE("irc v3: who is away has got it") {
    Fixture f;
    f.connect_with("batch labeled-response message-tags");
    f.worker->order("d1", "ann", "hello");
    const std::string label = f.wait_label("ann :hello");
    f.server.say("@label=" + label + " :s 301 bot ann :back soon");
    CHECK(f.worker->next(Said::kSendDone));
}

TEST_CASE("irc v3: what a server replays to an account that was never there is not heard") {
    Fixture f;
    f.connect_with(kEverything);
    f.server.say("BATCH +a znc.in/playback ann");
    f.server.say("@batch=a;msgid=m3;time=2026-01-30T09:03:00.000Z :ann!a@h PRIVMSG bot :two");
    f.server.say("BATCH -a");
    CHECK(f.received().empty());
}
