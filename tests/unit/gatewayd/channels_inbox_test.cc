// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/inbox.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "store/sessions.h"
#include "tests/unit/gatewayd/store_fixture.h"

using namespace gw;
using namespace gw::channels;

namespace {

struct FakeAnswerer final : Answerer {
    std::vector<RoutedMessage> routed;
    void on_routed(const RoutedMessage& message) override { routed.push_back(message); }
};

struct Fixture {
    tests::StoreFixture db;
    FakeAnswerer answerer;
    config::Account account;
    std::optional<Inbox> inbox;
    int committed = 0;

    Fixture() {
        account.channel = "irc";
        account.allow_from = {"alice"};
        open();
    }
    void open() { inbox.emplace(db.clock, db.store(), "main", sessions::DmScope::main, answerer); }
    static proto::MessageReceived message(const std::string& event_id, const std::string& text) {
        proto::MessageReceived received;
        received.set_event_id(event_id);
        received.set_cursor("cursor-" + event_id);
        received.set_peer("alice");
        received.set_sender_id("alice");
        received.set_chat_type(proto::CHAT_TYPE_DIRECT);
        received.set_text(text);
        return received;
    }
    Result<void> take(const proto::MessageReceived& received) {
        const auto taken = inbox->take(account, "bot", received, [this](Result<void> outcome) {
            CHECK(outcome);
            ++committed;
        });
        db.settle();
        return taken;
    }
    std::vector<store::TranscriptEntry> transcript(const std::string& key = "agent:main:main") {
        return db.read<std::vector<store::TranscriptEntry>>(
            [key](store::Database& base) { return store::list_transcript(base, key, 100); });
    }
    std::vector<store::Inbound> unfinished() {
        return db.read<std::vector<store::Inbound>>(
            [](store::Database& base) { return store::unfinished_inbound(base); });
    }
};

}  // namespace

TEST_CASE("inbox: an admitted message is committed, written into its session and announced") {
    Fixture fixture;
    REQUIRE(fixture.take(Fixture::message("1", "hello")));
    CHECK(fixture.committed == 1);
    REQUIRE(fixture.answerer.routed.size() == 1);
    CHECK(fixture.answerer.routed[0].session_key == "agent:main:main");
    CHECK(fixture.answerer.routed[0].peer == "alice");
    CHECK(fixture.answerer.routed[0].text == "hello");
    REQUIRE(fixture.transcript().size() == 1);
    REQUIRE(fixture.unfinished().size() == 1);
    CHECK(fixture.unfinished()[0].state == store::InboundState::routed);
    const auto cursor = fixture.db.read<std::optional<std::string>>(
        [](store::Database& base) { return store::find_cursor(base, "irc", "default"); });
    CHECK(cursor == "cursor-1");
}

TEST_CASE("inbox: the same event twice is one message, acknowledged twice") {
    Fixture fixture;
    REQUIRE(fixture.take(Fixture::message("1", "hello")));
    REQUIRE(fixture.take(Fixture::message("1", "hello")));
    CHECK(fixture.committed == 2);
    CHECK(fixture.answerer.routed.size() == 1);
    CHECK(fixture.transcript().size() == 1);
    CHECK(fixture.inbox->stats().duplicates == 1);
}

TEST_CASE("inbox: who is not admitted is acknowledged and goes no further") {
    Fixture fixture;
    auto stranger = Fixture::message("1", "hello");
    stranger.set_sender_id("mallory");
    REQUIRE(fixture.take(stranger));
    auto notice = Fixture::message("2", "hello");
    notice.set_is_notice(true);
    REQUIRE(fixture.take(notice));
    auto own = Fixture::message("3", "hello");
    own.set_sender_id("bot");
    REQUIRE(fixture.take(own));
    CHECK(fixture.committed == 3);
    CHECK(fixture.answerer.routed.empty());
    CHECK(fixture.transcript().empty());
    CHECK(fixture.unfinished().empty());
}

TEST_CASE("inbox: a room has a session of its own, whose lines say who spoke") {
    Fixture fixture;
    auto said = Fixture::message("1", "bot: hello");
    said.set_peer("#ops");
    said.set_chat_type(proto::CHAT_TYPE_CHANNEL);
    said.set_sender_name("Alice");
    said.set_was_mentioned(true);
    REQUIRE(fixture.take(said));
    REQUIRE(fixture.answerer.routed.size() == 1);
    CHECK(fixture.answerer.routed[0].session_key == "agent:main:irc:channel:#ops");
    CHECK(fixture.answerer.routed[0].peer == "#ops");
    const auto lines = fixture.transcript("agent:main:irc:channel:#ops");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].message.find("Alice: bot: hello") != std::string::npos);
}

TEST_CASE("inbox: what an earlier process left unanswered is announced again, once") {
    Fixture fixture;
    REQUIRE(fixture.take(Fixture::message("1", "hello")));
    fixture.inbox.reset();
    fixture.answerer.routed.clear();
    fixture.db.reopen();
    fixture.open();
    fixture.inbox->resume();
    fixture.db.settle();
    REQUIRE(fixture.answerer.routed.size() == 1);
    CHECK(fixture.answerer.routed[0].text == "hello");
    CHECK(fixture.answerer.routed[0].session_key == "agent:main:main");
    CHECK(fixture.transcript().size() == 1);
}

TEST_CASE("inbox: a worker that breaks the contract is told so and nothing is kept") {
    Fixture fixture;
    auto nameless = Fixture::message("", "hello");
    CHECK(fixture.take(nameless).error().code == Errc::invalid_input);
    auto long_id = Fixture::message(std::string(1000, 'x'), "hello");
    CHECK(fixture.take(long_id).error().code == Errc::invalid_input);
    auto nobody = Fixture::message("1", "hello");
    nobody.clear_sender_id();
    CHECK(fixture.take(nobody).error().code == Errc::invalid_input);
    CHECK(fixture.committed == 0);
    CHECK(fixture.unfinished().empty());
}
