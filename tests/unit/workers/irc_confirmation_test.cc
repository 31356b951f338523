// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// When a message has arrived, and what was missed.

#include "workers/irc/confirmation.h"

#include <doctest/doctest.h>

#include "workers/irc/batches.h"
#include "workers/irc/ctcp.h"
#include "workers/irc/history.h"

using namespace gw;
using namespace gw::irc;
using std::chrono_literals::operator""s;
using Way = Confirmation::Way;

namespace {

constexpr CaseMapping kMapping = CaseMapping::rfc1459;

Confirmation of(Way way) {
    return Confirmation(way, "d-1", "#Chat", {"one", "two"});
}

}  // namespace

TEST_CASE("irc confirmation: without echoes the pong decides") {
    Confirmation c = of(Way::pong);
    CHECK_FALSE(c.is_settled());
    CHECK_FALSE(c.outcome().failure);
    c.on_refused("", "#other", {.why = "not us"}, kMapping);
    CHECK_FALSE(c.outcome().failure);
    c.on_refused("", "#chat", {.why = "moderated"}, kMapping);
    CHECK(c.outcome().failure == proto::SEND_FAILURE_PERMANENT);
    CHECK(c.outcome().why == "moderated");
}

TEST_CASE("irc confirmation: labelled echoes, acknowledgements and errors settle their line") {
    Confirmation c = of(Way::label);
    CHECK(c.label(1) == "d-1.1");
    CHECK(c.is_label("d-1.0"));
    CHECK_FALSE(c.is_label("d-11.0"));
    c.on_echo("d-1.0", "#chat", "changed by the server", "m1", kMapping);
    c.on_echo("d-1.0", "#chat", "again", "m2", kMapping);
    c.on_echo("", "#chat", "two", "m3", kMapping);  // without a label it is somebody else's
    c.on_echo("d-1.7", "#chat", "two", "m4", kMapping);
    CHECK_FALSE(c.is_settled());
    CHECK(c.outcome().failure == proto::SEND_FAILURE_UNCERTAIN);
    SUBCASE("acknowledged") {
        c.on_acknowledged("d-1.1");
        CHECK(c.is_settled());
        CHECK_FALSE(c.outcome().failure);
        CHECK(c.outcome().message_id == "m1");
    }
    SUBCASE("refused") {
        c.on_refused("d-1.1", "anybody", {.why = "no"}, kMapping);
        CHECK(c.is_settled());
        CHECK(c.outcome().failure == proto::SEND_FAILURE_PERMANENT);
    }
    SUBCASE("somebody else's label") {
        c.on_refused("x", "#chat", {.why = "no"}, kMapping);
        CHECK_FALSE(c.is_settled());
        CHECK(c.outcome().failure == proto::SEND_FAILURE_UNCERTAIN);
    }
}

TEST_CASE("irc confirmation: echoes are matched by their words, changed ones by their number") {
    Confirmation c = of(Way::echo);
    c.on_echo("", "#other", "one", "m0", kMapping);
    c.on_echo("", "#CHAT", "two", "m2", kMapping);
    CHECK_FALSE(c.is_settled());
    CHECK(c.outcome().failure == proto::SEND_FAILURE_UNCERTAIN);
    SUBCASE("whole") {
        c.on_echo("", "#chat", "one", "m1", kMapping);
        CHECK(c.is_settled());
    }
    SUBCASE("changed: the pong has to be awaited") {
        c.on_echo("", "#chat", "o*e", "m1", kMapping);
        CHECK_FALSE(c.is_settled());
    }
    if (c.outcome().failure) CHECK(c.outcome().failure == proto::SEND_FAILURE_UNCERTAIN);
}

TEST_CASE("irc confirmation: later is heeded only when nothing has arrived") {
    Confirmation c = of(Way::pong);
    c.on_refused("", "#chat", {.why = "too fast", .retry_after_ms = 5000}, kMapping);
    CHECK(c.outcome().failure == proto::SEND_FAILURE_UNCERTAIN);
    c.on_refused("", "#chat", {.why = "too fast", .retry_after_ms = 5000}, kMapping);
    CHECK(c.outcome().failure == proto::SEND_FAILURE_TRANSIENT);
    CHECK(c.outcome().retry_after_ms == 5000);
}

TEST_CASE("irc batches: lines know theirs, also within another") {
    Batches batches;
    CHECK_FALSE(batches.on_batch(*parse_line("@label=L BATCH +a labeled-response")));
    CHECK_FALSE(batches.on_batch(*parse_line("@batch=a BATCH +b draft/chathistory #c")));
    const auto within = parse_line("@batch=b :x!y@z PRIVMSG #c :hi");
    Batch* batch = batches.find(*within);
    REQUIRE(batch != nullptr);
    CHECK(batch->is_playback());
    CHECK(batch->label == "L");
    const auto ended = batches.on_batch(*parse_line("BATCH -b"));
    REQUIRE(ended);
    CHECK(ended->target == "#c");
    CHECK(batches.find(*within) == nullptr);
    CHECK_FALSE(batches.on_batch(*parse_line("BATCH -b")));
    CHECK_FALSE(batches.on_batch(*parse_line("BATCH")));
    for (int i = 0; i < 1000; ++i) {
        const std::string open = "BATCH +n" + std::to_string(i) + " netsplit a b";
        CHECK_FALSE(batches.on_batch(*parse_line(open)));
    }
    CHECK(batches.find(*parse_line("@batch=n999 QUIT")) == nullptr);  // bounded
}

TEST_CASE("irc history: asks for people, then channels, then who wrote, page by page") {
    History history;
    history.begin(1'769'763'610'000, 1'769'763'620'000, {"#c"}, 2);
    CHECK(history.find_request() ==
          "CHATHISTORY TARGETS timestamp=2026-01-30T09:00:00.000Z "
          "timestamp=2026-01-30T09:00:30.000Z 2");
    history.on_target("ann", "#");
    history.on_target("#c", "#");
    history.on_answered(1);
    CHECK(history.find_request() == "CHATHISTORY AFTER #c timestamp=2026-01-30T09:00:00.000Z 2");
    CHECK(history.asked() == "#c");
    history.on_message("m1");
    history.on_message("m2");
    history.on_answered(2);
    CHECK(history.find_request() == "CHATHISTORY AFTER #c msgid=m2 2");
    history.on_answered(0);
    CHECK(history.find_request() == "CHATHISTORY AFTER ann timestamp=2026-01-30T09:00:00.000Z 2");
    history.on_answered(1);
    CHECK(history.is_active());
    CHECK_FALSE(history.find_request());
    CHECK_FALSE(history.is_active());
    CHECK(history.missing().empty());
}

TEST_CASE("irc history: what it cannot learn it says") {
    History history;
    history.begin(20'000, 30'000, {"#c"}, 0);
    SUBCASE("refused") {
        history.on_refused("unknown subcommand");
        CHECK(history.missing() == "no history of direct messages: unknown subcommand");
        CHECK(history.find_request());  // the channel all the same
    }
    SUBCASE("without ids") {
        history.on_answered(0);
        REQUIRE(history.find_request());
        history.on_message("");
        history.on_answered(1);
        CHECK_FALSE(history.missing().empty());
    }
    SUBCASE("without an end") {
        history.on_answered(0);
        int requests = 0;
        for (; requests < 1000 && history.find_request(); ++requests) {
            history.on_message("m" + std::to_string(requests));
            history.on_answered(100);
        }
        CHECK(requests == 20);
        CHECK_FALSE(history.missing().empty());
    }
}

TEST_CASE("irc ctcp: programs are told who they speak to, seldom") {
    Ctcp ctcp;
    base::SteadyTime now{100s};
    CHECK(ctcp.find_answer("\x01VERSION\x01", now) == "\x01VERSION gatewayd\x01");
    CHECK_FALSE(ctcp.find_answer("\x01VERSION\x01", now));
    now += 3s;
    CHECK_FALSE(
        ctcp.find_answer("\x01"
                         "DCC SEND x 1 2\x01",
                         now));
    CHECK_FALSE(
        ctcp.find_answer("\x01"
                         "ACTION waves\x01",
                         now));
    CHECK_FALSE(ctcp.find_answer("PING 1", now));
    CHECK(ctcp.find_answer("\x01PING 12\x01", now) == "\x01PING 12\x01");
}
