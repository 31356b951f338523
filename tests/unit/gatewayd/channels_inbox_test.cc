// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/inbox.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "gatewayd/channels/configure_facts.h"
#include "ipc/limits.h"
#include "store/database.h"
#include "store/event_crashes.h"
#include "store/quarantine.h"
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
    config::Config config;
    CommitOrder order;
    std::optional<delivery::Outbox> outbox;
    std::optional<access::Pairing> pairing;
    std::optional<Inbox> inbox;
    int committed = 0;

    Fixture() {
        account.channel = "irc";
        account.allow_from = {"alice"};
        config.accounts = {account};
        outbox.emplace(db.loop(), db.clock, db.store());
        open();
    }
    void open() {
        pairing.emplace(db.loop(), db.clock, db.store(), *outbox);
        inbox.emplace(db.loop(), db.clock, db.store(), order, config, *pairing, answerer);
    }
    static proto::MessageReceived message(const std::string& event_id, const std::string& text) {
        proto::MessageReceived received;
        received.set_event_id(event_id);
        received.set_cursor("cursor-" + event_id);
        received.set_peer("alice");
        received.set_sender_id("alice");
        received.set_chat_type(proto::CHAT_TYPE_DIRECT);
        received.set_text(text);
        received.set_provider_message_id("m-" + event_id);
        return received;
    }
    Result<void> take(const proto::MessageReceived& received) {
        const auto taken = inbox->take(account, "bot", received, {}, [this](Result<void> outcome) {
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
    std::optional<std::string> cursor() {
        return db.read<std::optional<std::string>>(
            [](store::Database& base) { return store::find_cursor(base, "irc", "default"); });
    }
    std::optional<store::QuarantinedSummary> skip(const std::string& event_id,
                                                  const std::string& raw) {
        proto::EventSkipped event;
        event.set_event_id(event_id);
        event.set_cursor("cursor-" + event_id);
        event.set_raw(raw);
        std::optional<store::QuarantinedSummary> kept;
        REQUIRE(inbox->skip(account, event, [&](const Result<Inbox::Skipped>& outcome) {
            REQUIRE(outcome);
            kept = *outcome;
            ++committed;
        }));
        db.settle();
        return kept;
    }
    void pass(const std::string& event_id) {
        proto::EventPassed event;
        event.set_event_id(event_id);
        event.set_cursor("cursor-" + event_id);
        REQUIRE(inbox->pass(account, event, [&](const Result<void>& outcome) {
            CHECK(outcome);
            ++committed;
        }));
    }
    std::vector<store::Inbound> unfinished() {
        return db.read<std::vector<store::Inbound>>(
            [](store::Database& base) { return store::unfinished_inbound(base); });
    }
};

}  // namespace

TEST_CASE("inbox: an event that says nothing moves the cursor, and others stand behind it") {
    Fixture fixture;
    fixture.pass("1");
    fixture.db.settle();
    CHECK(fixture.committed == 1);
    CHECK(fixture.cursor() == "cursor-1");
    CHECK(fixture.transcript().empty());
    fixture.pass("2");  // all in one go
    REQUIRE(fixture.take(Fixture::message("3", "hello")));
    fixture.pass("4");
    REQUIRE(fixture.take(Fixture::message("5", "again")));
    CHECK(fixture.committed == 5);
    CHECK(fixture.cursor() == "cursor-5");
    CHECK(fixture.transcript().size() == 2);
}

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
    CHECK(fixture.unfinished()[0].provider_message_id == "m-1");
    CHECK(fixture.cursor() == "cursor-1");
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
    fixture.inbox->resume([] {});
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

TEST_CASE("inbox: a cursor never passes a message that could not be kept") {
    Fixture fixture;
    fixture.db.write([](store::Database& base) {
        return base.execute(
            "CREATE TRIGGER full BEFORE INSERT ON inbound"
            " WHEN new.event_id = '2' BEGIN SELECT raise(ABORT, 'full'); END");
    });
    std::vector<bool> outcomes;
    for (const char* event_id : {"1", "2", "3", "4"}) {
        REQUIRE(fixture.inbox->take(
            fixture.account, "bot", Fixture::message(event_id, "hello"), {},
            [&outcomes](const Result<void>& outcome) { outcomes.push_back(outcome.has_value()); }));
    }
    fixture.db.settle();
    CHECK(outcomes == std::vector<bool>{true, false, false, false});
    CHECK(fixture.transcript().size() == 1);
    CHECK(fixture.cursor() == "cursor-1");

    // The next generation brings them again.
    fixture.db.write([](store::Database& base) { return base.execute("DROP TRIGGER full"); });
    for (const char* event_id : {"2", "3", "4"})
        REQUIRE(fixture.take(Fixture::message(event_id, "hello")));
    CHECK(fixture.transcript().size() == 4);
    CHECK(fixture.cursor() == "cursor-4");
}

TEST_CASE("inbox: what comes while a start takes up the old is announced behind it, and once") {
    Fixture fixture;
    REQUIRE(fixture.take(Fixture::message("1", "old")));
    fixture.inbox.reset();
    fixture.answerer.routed.clear();
    fixture.db.reopen();
    fixture.open();
    fixture.inbox->resume([] {});
    REQUIRE(fixture.take(Fixture::message("2", "new")));
    REQUIRE(fixture.answerer.routed.size() == 2);
    CHECK(fixture.answerer.routed[0].text == "old");
    CHECK(fixture.answerer.routed[1].text == "new");
}

TEST_CASE("inbox: a message that was accepted and not routed is routed by the next start") {
    Fixture fixture;
    fixture.db.write([](store::Database& base) -> Result<void> {
        store::Inbound row;
        row.channel = "irc";
        row.account = "default";
        row.event_id = "1";
        row.peer = "alice";
        row.chat_type = "direct";
        row.text = "hello";
        TRY_VOID(store::insert_inbound(base, row));
        return {};
    });
    fixture.inbox->resume([] {});
    fixture.db.settle();
    REQUIRE(fixture.answerer.routed.size() == 1);
    CHECK(fixture.transcript().size() == 1);
    CHECK(fixture.unfinished()[0].state == store::InboundState::routed);
}

TEST_CASE("inbox: a start resumes behind what was still in the queue") {
    Fixture fixture;
    REQUIRE(fixture.inbox->take(fixture.account, "bot", Fixture::message("1", "hello"), {},
                                [](auto) {}));
    std::string cursor;
    fixture.db.store().write<ConfigureFacts>(
        [](store::Database& base) { return read_configure_facts(base, "irc", "default"); },
        [&cursor](const Result<ConfigureFacts>& facts) { cursor = facts->cursor; });
    fixture.db.settle();
    CHECK(cursor == "cursor-1");
}

TEST_CASE("inbox: a skipped event is kept as it came, and forgotten as one that crashes") {
    Fixture fixture;
    fixture.db.write([](store::Database& base) -> Result<void> {
        TRY_VOID(store::count_crash(base, {"irc", "default", "bad", base::Bytes(32), 1}));
        return {};
    });
    const std::string raw(ipc::kMaxQuarantineBytes + 1, '\xff');
    const auto kept = fixture.skip("bad", raw);
    REQUIRE(kept);
    CHECK(kept->size == static_cast<std::int64_t>(ipc::kMaxQuarantineBytes));
    CHECK(fixture.cursor() == "cursor-bad");
    const auto found = fixture.db.read<std::optional<store::Quarantined>>(
        [id = kept->id](store::Database& base) { return store::find_quarantined(base, id); });
    REQUIRE(found);
    CHECK(found->event_id == "bad");
    CHECK(found->raw == base::Bytes(ipc::kMaxQuarantineBytes, std::byte{0xff}));
    CHECK(fixture.db
              .read<std::vector<std::string>>([](store::Database& base) {
                  return store::list_crashed(base, "irc", "default", 1, 10);
              })
              .empty());

    // Brought again it is accepted again, and is no news.
    CHECK_FALSE(fixture.skip("bad", "other bytes"));
    CHECK(fixture.committed == 2);
    // And the messages behind it are kept.
    REQUIRE(fixture.take(Fixture::message("next", "hello")));
    CHECK(fixture.cursor() == "cursor-next");
}

TEST_CASE("inbox: an event that is parsed after all is not counted any more") {
    Fixture fixture;
    fixture.db.write([](store::Database& base) -> Result<void> {
        TRY_VOID(store::count_crash(base, {"irc", "default", "1", base::Bytes(32), 1}));
        return {};
    });
    REQUIRE(fixture.take(Fixture::message("1", "hello")));
    CHECK(fixture.db
              .read<std::vector<std::string>>([](store::Database& base) {
                  return store::list_crashed(base, "irc", "default", 1, 10);
              })
              .empty());
}

TEST_CASE("inbox: a worker that does not wait for Accepted has broken the contract") {
    Fixture fixture;
    for (std::size_t i = 0; i < ipc::kMaxUnaccepted; ++i) {
        REQUIRE(fixture.inbox->take(fixture.account, "bot",
                                    Fixture::message(std::to_string(i), " "), {}, [](auto) {}));
    }
    const auto one_more =
        fixture.inbox->take(fixture.account, "bot", Fixture::message("more", " "), {}, [](auto) {});
    CHECK(one_more.error().code == Errc::limit_exceeded);
    fixture.db.settle();
    CHECK(fixture.inbox->stats().committing == 0);
    CHECK(fixture.take(Fixture::message("more", " ")));
}

TEST_CASE("inbox: what a group says to others is told with the next message to us, once") {
    Fixture fixture;
    fixture.account.group_policy = config::GroupPolicy::open;
    const auto say = [&](const std::string& id, const std::string& text, bool is_mentioned) {
        auto message = Fixture::message(id, text);
        message.set_peer("#ops");
        message.set_chat_type(proto::CHAT_TYPE_GROUP);
        message.set_was_mentioned(is_mentioned);
        REQUIRE(fixture.take(message));
    };
    fixture.config.group_history_limit = 2;
    say("1", "one", false);
    say("2", "two", false);
    say("3", "three", false);
    CHECK(fixture.answerer.routed.empty());
    CHECK(fixture.transcript("agent:main:irc:group:#ops").empty());
    say("4", "bot: and now?", true);
    say("5", "bot: again", true);
    CHECK(fixture.answerer.routed.size() == 2);
    const auto lines = fixture.transcript("agent:main:irc:group:#ops");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].message.find("alice: one") == std::string::npos);
    CHECK(lines[0].message.find("alice: two\\nalice: three\\n\\n[Current") != std::string::npos);
    CHECK(lines[1].message.find("three") == std::string::npos);
}

TEST_CASE("inbox: what happens to messages is accepted, never answered, and told with the next") {
    Fixture fixture;
    auto reaction = Fixture::message("1", "+1");
    reaction.set_kind(proto::EVENT_KIND_REACTION_ADDED);
    reaction.set_reply_to("m-0");
    REQUIRE(fixture.take(reaction));
    CHECK(fixture.committed == 1);
    CHECK(fixture.answerer.routed.empty());
    CHECK(fixture.transcript().empty());
    fixture.db.reopen();
    fixture.open();
    REQUIRE(fixture.take(Fixture::message("2", "hello")));
    const auto lines = fixture.transcript();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].message.find("alice reacted with +1 to message m-0\\n\\nhello") !=
          std::string::npos);
}

TEST_CASE("inbox: a stranger's message makes one request and one reply, redelivered or not") {
    Fixture fixture;
    fixture.account.dm_policy = config::DmPolicy::pairing;
    fixture.account.allow_from = {};
    for (const char* id : {"1", "1", "2"})
        REQUIRE(fixture.take(Fixture::message(id, "let me in")));
    CHECK(fixture.committed == 3);
    CHECK(fixture.answerer.routed.empty());
    const auto sent = fixture.db.read<std::vector<store::Delivery>>(
        [](store::Database& base) { return store::unfinished_deliveries(base); });
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].origin == "pairing:request");
    CHECK(sent[0].to == "alice");
    fixture.pairing->approve("irc", sent[0].text.substr(sent[0].text.rfind(' ') + 1),
                             [](const auto& sender) { CHECK(sender); });
    fixture.db.settle();
    REQUIRE(fixture.take(Fixture::message("3", "hello")));
    CHECK(fixture.answerer.routed.size() == 1);
}

TEST_CASE("inbox: an answer refers to its message as the account is configured, in its thread") {
    Fixture fixture;
    auto message = Fixture::message("1", "hello");
    message.set_thread("7");
    fixture.config.accounts[0].reply_to_mode = config::ReplyToMode::first;
    REQUIRE(fixture.take(message));
    message.set_event_id("2");
    fixture.config.accounts[0].reply_to_mode = config::ReplyToMode::all;
    REQUIRE(fixture.take(message));
    REQUIRE(fixture.answerer.routed.size() == 2);
    CHECK(fixture.answerer.routed[0].reply_to.empty());
    CHECK(fixture.answerer.routed[1].reply_to == "m-1");
    CHECK(fixture.answerer.routed[1].thread == "7");
    CHECK(fixture.unfinished()[1].thread == "7");
    CHECK(fixture.answerer.routed[1].session_key == "agent:main:main:thread:7");
}

TEST_CASE("inbox: an unknown kind and names beyond the bound break the contract") {
    Fixture fixture;
    auto message = Fixture::message("1", "hello");
    message.set_kind(static_cast<proto::EventKind>(99));
    CHECK_FALSE(fixture.take(message));
    message = Fixture::message("1", "hello");
    message.set_sender_username(std::string(ipc::kMaxIdBytes + 1, 'x'));
    CHECK_FALSE(fixture.take(message));
    CHECK(fixture.committed == 0);
}
