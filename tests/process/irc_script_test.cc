// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// gatewayd-irc as a process on a server that follows a script: what no well-behaved server says.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/support/irc_script.h"

using namespace gw;
using Said = proto::WorkerToCore;
using Fixture = tests::IrcScript;

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
    f.server.say(":ann!a@h NOTICE * :to whom it may concern");
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
    f.secrets["password"] = "two words";
    f.start();
    REQUIRE(f.server.wait_heard("NICK bot"));
    CHECK(f.server.heard.starts_with("\r\nCAP LS 302\r\nPASS :two words\r\nNICK bot\r\n"));
    f.server.say(":s 464 * :Password incorrect");
    const auto blocked = f.worker->next([](const Said& message) {
        return message.link_changed().state() == proto::LINK_STATE_BLOCKED;
    });
    REQUIRE(blocked);
    CHECK(blocked->link_changed().detail().find("two words") == std::string::npos);
}

TEST_CASE("irc script: a password cannot carry a second command") {
    Fixture f;
    f.secrets["password"] = "x\r\nQUIT";
    f.start();
    const auto changed = f.worker->next(Said::kLinkChanged);
    REQUIRE(changed);
    CHECK(changed->link_changed().state() == proto::LINK_STATE_BLOCKED);
}

TEST_CASE("irc script: what is wrong with a setting is said by its name") {
    const std::pair<const char*, const char*> wrong[] = {
        {",\"tls\":1", "channels.irc.tls must be"},
        {",\"tls\":{\"verify\":false}", "channels.irc.tls.verify is none of"},
        {",\"tls\":{\"fingerprint\":\"AA\"}", "channels.irc.tls.fingerprint must be"},
        {",\"tls\":{\"caFile\":\"/nowhere\"}", "channels.irc.tls.caFile /nowhere cannot be used"},
        {",\"sasl\":{\"account\":\"a\"}", "channels.irc.saslPassword must be"},
        {",\"sasl\":{\"account\":\"a\",\"password\":\"b\"}", "channels.irc.sasl.password must be"},
        {",\"sasl\":{\"mechanism\":\"EXTERNAL\"}", "channels.irc.sasl.mechanism EXTERNAL needs"},
        {",\"channels\":[{\"name\":\"#a\",\"key\":\"a b\"}]", "channels.irc.channels[0].key must"},
        {",\"channels\":[\"a\"]", "channels.irc.channels[0] must be"},
    };
    for (const auto& [more, what] : wrong) {
        CAPTURE(more);
        Fixture f;
        f.start(more);
        CHECK(f.wait_link(proto::LINK_STATE_BLOCKED).starts_with(what));
    }
}

TEST_CASE("irc script: a channel's key is said, and what keeps the account out is shown once") {
    Fixture f;
    f.start(",\"channels\":[{\"name\":\"#a\",\"key\":\"k\"},\"#b\"]");
    REQUIRE(f.server.wait_heard("NICK bot"));
    f.greet();
    REQUIRE(f.server.wait_heard("JOIN #a k"));
    f.server.say(":s 475 bot #a :Cannot join channel (+k)");
    f.server.say(":s 366 bot #b :End");
    CHECK(f.wait_link(proto::LINK_STATE_CONNECTED) ==
          "registered as bot on 127.0.0.1; not in #a (Cannot join channel (+k))");
    f.server.say(":op!o@h KICK #b bot :out");
    CHECK(f.wait_link(proto::LINK_STATE_CONNECTED).ends_with("#b (kicked by op)"));
    // It comes back by itself.
    f.server.heard = "\r\n";
    REQUIRE(f.server.wait_heard("JOIN #b"));
}

TEST_CASE("irc script: time spent outside of a channel is a gap, told when it is over") {
    Fixture f;
    f.start(",\"channels\":[\"#a\",\"#b\"]");
    REQUIRE(f.server.wait_heard("NICK bot"));
    f.greet();
    REQUIRE(f.server.wait_heard("JOIN #b"));
    // Never been in #a: nothing is missed there.
    f.server.say(":s 471 bot #a :Cannot join channel (+l)");
    f.server.say(":s 366 bot #b :End");
    f.wait_link(proto::LINK_STATE_CONNECTED);
    f.server.heard = "\r\n";
    REQUIRE(f.server.wait_heard("JOIN #a"));
    f.server.say(":s 366 bot #a :End");
    f.server.say(":op!o@h KICK #b bot :out");
    REQUIRE(f.server.wait_heard("JOIN #b"));
    f.server.say(":s 366 bot #b :End");
    const auto gap = f.worker->next(Said::kGapNoticed);
    REQUIRE(gap);
    CHECK(gap->gap_noticed().reason() == "was not in #b");
    CHECK(gap->gap_noticed().to_ms() - gap->gap_noticed().from_ms() >= 1900);
}

TEST_CASE("irc script: a refused JOIN is not about a message to the same channel") {
    Fixture f;
    f.start(",\"channels\":[\"#a\"]");
    REQUIRE(f.server.wait_heard("NICK bot"));
    f.greet();
    REQUIRE(f.server.wait_heard("JOIN #a"));
    f.server.say(":s 366 bot #a :End");
    f.wait_link(proto::LINK_STATE_CONNECTED);
    f.server.say(":op!o@h KICK #a bot :out");
    f.server.heard = "\r\n";
    REQUIRE(f.server.wait_heard("JOIN #a"));
    f.worker->order("d1", "#a", "hello");
    REQUIRE(f.server.wait_heard("PRIVMSG #a :hello"));
    f.server.say(":s 477 bot #a :You need to be registered");
    f.server.answer_ping();
    CHECK(f.worker->next(Said::kSendDone));
}

TEST_CASE("irc script: the wanted nick is taken back when it is free") {
    Fixture f;
    f.start();
    REQUIRE(f.server.wait_heard("NICK bot"));
    f.server.say(":s 433 * bot :Nickname is already in use");
    REQUIRE(f.server.wait_heard("NICK bot_"));
    f.server.say(":s 001 bot_ :Welcome");
    f.server.say(":s 376 bot_ :End");
    f.wait_link(proto::LINK_STATE_CONNECTED);
    f.server.heard = "\r\n";
    SUBCASE("its holder leaves") {
        f.server.say(":bot!x@y QUIT :bye");
    }
    SUBCASE("its holder takes another") {
        f.server.say(":bot!x@y NICK other");
    }
    SUBCASE("nobody has it") {
        f.server.say(":s 303 bot_ :");
    }
    REQUIRE(f.server.wait_heard("NICK bot"));
    f.server.say(":bot_!u@h NICK bot");
    CHECK(f.wait_link(proto::LINK_STATE_CONNECTED) == "registered as bot on 127.0.0.1");
}

TEST_CASE("irc script: a server that says later is believed") {
    Fixture f;
    f.connect();
    f.worker->order("d1", "ann", "hello");
    REQUIRE(f.server.wait_heard("PRIVMSG ann :hello"));
    SUBCASE("target change") {
        f.server.say(":s 439 bot ann :Target change too fast. Please wait 42 seconds.");
    }
    SUBCASE("load") {
        f.server.say(":s 263 bot PRIVMSG :Please wait 42 seconds and try again.");
    }
    f.server.answer_ping();
    const auto failed = f.worker->next(Said::kSendFailed);
    REQUIRE(failed);
    CHECK(failed->send_failed().failure() == proto::SEND_FAILURE_TRANSIENT);
    CHECK(failed->send_failed().retry_after_ms() == 42'000);
}

TEST_CASE("irc script: how the server shows us decides how long a line may be") {
    Fixture f;
    f.connect();
    const std::string prefix = "bot!u@" + std::string(60, 'h');
    REQUIRE(f.server.wait_heard("USERHOST bot"));
    std::size_t line = 512;
    SUBCASE("as RFC 1459 has it") {}
    SUBCASE("longer ones are announced") {
        f.server.say(":s 005 bot LINELEN=1024 :are supported");
        line = 1024;
    }
    f.server.say(":s 302 bot :bot=+u@" + std::string(60, 'h'));
    CHECK(f.received().empty());
    std::string text;
    for (int i = 0; i < 400; ++i)
        text += "\xf0\x9f\x98\x80";
    f.worker->order("d1", "ann", text);
    const std::size_t fixed = std::string(":" + prefix + " PRIVMSG ann :\r\n").size();
    const std::size_t room = (line - fixed) / 4 * 4;
    CHECK(f.server.wait_heard("PRIVMSG ann :" + text.substr(0, room)));
}

TEST_CASE("irc script: what the server said before it closed is the reason") {
    Fixture f;
    f.connect();
    f.server.say(":oper!o@h KILL bot :flooding");
    f.server.say("ERROR :Closing Link: bot (Killed (oper (flooding)))");
    f.server.hang_up();
    CHECK(f.wait_link(proto::LINK_STATE_CONNECTING).find("Killed (oper (flooding))") !=
          std::string::npos);
}

TEST_CASE("irc script: programs are answered by a notice, people's notices are not") {
    Fixture f;
    f.connect();
    f.server.say(":ann!a@h NOTICE bot :\x01VERSION\x01");
    f.server.say(":ann!a@h PRIVMSG bot :\x01VERSION\x01");
    f.server.say(":ann!a@h PRIVMSG bot :\x01VERSION\x01");
    REQUIRE(f.server.wait_heard("NOTICE ann :\x01VERSION gatewayd\x01"));
    f.server.say("PING :mark");
    REQUIRE(f.server.wait_heard("PONG :mark"));
    const std::string answer = "NOTICE ann";
    CHECK(f.server.heard.find(answer) == f.server.heard.rfind(answer));
}
