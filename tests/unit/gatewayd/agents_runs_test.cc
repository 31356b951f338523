// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/agents/runs.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "store/database.h"
#include "store/inbound.h"
#include "store/sessions.h"
#include "tests/unit/gatewayd/store_fixture.h"

using namespace gw;
using namespace gw::agents;
using Status = StartOutcome::Status;

namespace {

// What was announced, one word per event: "lifecycle:1 assistant:2 delta:2 …".
struct FakeEvents final : Runs::Events {
    std::vector<std::string> told;
    std::vector<ChatEvent> chats;
    std::vector<RunFinished> finished;

    void on_agent(const AgentEvent& event) override {
        told.push_back(event.stream + ":" + std::to_string(event.seq));
    }
    void on_chat(const ChatEvent& event) override {
        told.push_back(std::string(name(event.state)) + ":" + std::to_string(event.seq));
        chats.push_back(event);
    }
    void on_run_finished(const RunFinished& run) override { finished.push_back(run); }
};

struct FakeSender final : delivery::Sender {
    std::vector<delivery::SendOrder> orders;
    bool may_send(const std::string&, const std::string&) const override { return true; }
    Result<void> send(const delivery::SendOrder& order) override {
        orders.push_back(order);
        return {};
    }
    Result<void> look_up(const delivery::LookUpOrder&) override { return {}; }
    std::optional<delivery::Provider> find_provider(const std::string&,
                                                    const std::string&) const override {
        return delivery::Provider{};
    }
};

struct Fixture {
    tests::StoreFixture db;
    FakeEvents events;
    FakeSender sender;
    std::optional<delivery::Outbox> outbox;
    std::optional<Runs> runs;
    std::vector<Status> answers;
    std::vector<Errc> refusals;

    Fixture() { open(); }
    void open() {
        outbox.emplace(db.loop(), db.clock, db.store());
        outbox->start(sender);
        runs.emplace(db.loop(), db.clock, db.store(), *outbox, events);
        db.settle();
    }
    void restart() {
        db.settle();
        runs.reset();
        outbox.reset();
        db.reopen();
        open();
    }
    void ask(const std::string& run_id, const std::string& session = "agent:main:main") {
        RunRequest request;
        request.run_id = run_id;
        request.session_key = session;
        request.display_key = "main";
        request.text = "hello from " + run_id;
        runs->start(std::move(request), [this](Result<StartOutcome> outcome) {
            if (!outcome) return refusals.push_back(outcome.error().code);
            answers.push_back(outcome->status);
            events.told.push_back("answered");
        });
    }
    // A message that came in through a channel, as the inbox leaves it.
    channels::RoutedMessage routed(const std::string& event_id) {
        std::int64_t id = 0;
        db.write([&id, event_id](store::Database& base) -> Result<void> {
            store::Inbound row;
            row.channel = "irc";
            row.account = "default";
            row.event_id = event_id;
            row.peer = "alice";
            row.chat_type = "direct";
            row.sender_id = "alice";
            row.text = "hi";
            TRY(id, store::insert_inbound(base, row));
            return store::mark_routed(base, id, "agent:main:main");
        });
        return {.inbound_id = id,
                .channel = "irc",
                .account = "default",
                .peer = "alice",
                .session_key = "agent:main:main",
                .text = "hi"};
    }
    std::vector<store::TranscriptEntry> transcript() {
        return db.read<std::vector<store::TranscriptEntry>>([](store::Database& base) {
            return store::list_transcript(base, "agent:main:main", 1000);
        });
    }
    std::size_t unfinished() {
        return db
            .read<std::vector<store::Inbound>>(
                [](store::Database& base) { return store::unfinished_inbound(base); })
            .size();
    }
};

const std::vector<std::string> kWholeRun = {"answered", "lifecycle:1", "assistant:2",
                                            "delta:2",  "lifecycle:3", "final:3"};

}  // namespace

TEST_CASE("runs: a client's turn is acknowledged, then told in order") {
    Fixture fixture;
    fixture.ask("r1");
    fixture.db.settle();
    CHECK(fixture.answers == std::vector{Status::started});
    CHECK(fixture.events.told == kWholeRun);
    CHECK(fixture.events.chats.back().text.ends_with("You said: hello from r1"));
    CHECK(fixture.events.chats.back().display_key == "main");
    CHECK(fixture.events.chats.back().session_key == "agent:main:main");
    REQUIRE(fixture.events.finished.size() == 1);
    CHECK(fixture.events.finished[0].ok);
    REQUIRE(fixture.transcript().size() == 2);
    CHECK(fixture.transcript()[0].message.find("\"user\"") != std::string::npos);
    CHECK(fixture.transcript()[1].message.find("\"assistant\"") != std::string::npos);
    CHECK_FALSE(fixture.runs->is_active("r1"));
    CHECK(fixture.sender.orders.empty());
}

TEST_CASE("runs: the same run id runs once, also across a restart") {
    Fixture fixture;
    fixture.ask("r1");
    fixture.ask("r1");
    CHECK(fixture.answers.empty());  // nobody knows yet what the first one will be told
    fixture.db.settle();
    fixture.ask("r1");
    fixture.db.settle();
    fixture.restart();
    fixture.ask("r1");
    fixture.db.settle();
    CHECK(fixture.answers == std::vector{Status::started, Status::in_flight, Status::finished_ok,
                                         Status::finished_ok});
    CHECK(fixture.transcript().size() == 2);
}

TEST_CASE("runs: turns of a session follow each other") {
    Fixture fixture;
    for (const char* id : {"r1", "r2", "r3"})
        fixture.ask(id);
    fixture.db.settle();
    fixture.db.settle();
    std::vector<std::string> finals;
    for (const ChatEvent& chat : fixture.events.chats)
        finals.push_back(chat.run_id);
    CHECK(finals == std::vector<std::string>{"r1", "r1", "r2", "r2", "r3", "r3"});
    CHECK(fixture.transcript().size() == 6);
}

TEST_CASE("runs: waiting turns can be withdrawn, by session or by id") {
    Fixture fixture;
    for (const char* id : {"r1", "r2", "r3", "r4"})
        fixture.ask(id);
    const bool is_acknowledged = fixture.db.loop().run_until(
        [&] { return fixture.answers.size() == 4; }, std::chrono::seconds(20));
    REQUIRE(is_acknowledged);
    const bool is_r2_waiting = fixture.runs->is_active("r2") && fixture.runs->is_active("r3");
    REQUIRE(is_r2_waiting);
    CHECK(fixture.runs->find_session_of("r3") == "agent:main:main");
    const auto one = fixture.runs->abort_run("r3", "rpc");
    CHECK(one == std::vector<std::string>{"r3"});
    CHECK(fixture.events.told.back() == "aborted:1");
    CHECK(fixture.events.chats.back().stop_reason == "rpc");
    const auto rest = fixture.runs->abort_session("agent:main:main", "stop");
    CHECK(rest.back() == "r4");
    CHECK_FALSE(fixture.runs->is_active("r4"));
    CHECK(fixture.runs->abort_session("agent:main:other", "stop").empty());
    CHECK(fixture.runs->abort_run("nobody", "rpc").empty());
    fixture.db.settle();
    CHECK(fixture.runs->stats().active == 0);
}

TEST_CASE("runs: a session that has too many waiting says so") {
    Fixture fixture;
    for (std::size_t i = 0; i < Runs::kMaxQueued + 2; ++i)
        fixture.ask("r" + std::to_string(i));
    fixture.db.settle();
    REQUIRE(fixture.answers.size() == Runs::kMaxQueued + 2);
    CHECK(fixture.answers.back() == Status::queue_full);
    CHECK(fixture.answers[Runs::kMaxQueued] == Status::started);
}

TEST_CASE("runs: a channel's message is answered through the outbox, in one transaction") {
    Fixture fixture;
    fixture.runs->on_routed(fixture.routed("e1"));
    fixture.db.settle();
    REQUIRE(fixture.sender.orders.size() == 1);
    CHECK(fixture.sender.orders[0].to == "alice");
    CHECK(fixture.sender.orders[0].text.ends_with("You said: hi"));
    CHECK(fixture.transcript().size() == 1);  // the answer: the question is the inbox's line
    CHECK(fixture.unfinished() == 0);
    REQUIRE(fixture.events.told.size() == 5);
    CHECK(fixture.events.told.back() == "final:3");
}

TEST_CASE("runs: a channel that does not stop is met with silence, and its transcript says so") {
    Fixture fixture;
    for (std::size_t i = 0; i < Runs::kChannelTurnsPerMinute + 5; ++i) {
        fixture.runs->on_routed(fixture.routed("e" + std::to_string(i)));
        fixture.db.settle();
        fixture.outbox->on_sent(fixture.sender.orders.back().delivery_id, 1, "");
    }
    fixture.db.settle();
    CHECK(fixture.sender.orders.size() == Runs::kChannelTurnsPerMinute);
    CHECK(fixture.runs->stats().rate_limited == 5);
    CHECK(fixture.unfinished() == 0);
    const auto lines = fixture.transcript();
    CHECK(lines.size() == Runs::kChannelTurnsPerMinute + 5);
    CHECK(lines.back().message.find("[not answered: too many messages") != std::string::npos);
    fixture.db.clock.advance(std::chrono::minutes(1));
    fixture.runs->on_routed(fixture.routed("later"));
    fixture.db.settle();
    CHECK(fixture.sender.orders.size() == Runs::kChannelTurnsPerMinute + 1);
}

TEST_CASE("runs: what waits on one account is bounded over all of its sessions") {
    Fixture fixture;
    std::vector<channels::RoutedMessage> messages(Runs::kMaxOfAccount + 1);
    fixture.db.write([&messages](store::Database& base) -> Result<void> {
        for (std::size_t i = 0; i < messages.size(); ++i) {
            store::Inbound row;
            row.channel = "irc";
            row.account = "default";
            row.event_id = std::to_string(i);
            TRY(row.id, store::insert_inbound(base, row));
            const std::string key = "agent:main:dm:" + row.event_id;
            TRY_VOID(store::mark_routed(base, row.id, key));
            messages[i] = {.inbound_id = row.id,
                           .channel = "irc",
                           .account = "default",
                           .peer = row.event_id,
                           .session_key = key,
                           .text = "hi"};
        }
        return {};
    });
    for (const channels::RoutedMessage& message : messages)
        fixture.runs->on_routed(message);
    CHECK(fixture.runs->stats().rate_limited == 1);
    fixture.db.settle();
    CHECK(fixture.unfinished() == 0);
    const auto lines = fixture.db.read<std::vector<store::TranscriptEntry>>(
        [key = messages.back().session_key](store::Database& base) {
            return store::list_transcript(base, key, 10);
        });
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].message.find("[not answered: too many messages wait") != std::string::npos);
    // What is over waits no more.
    fixture.runs->on_routed(fixture.routed("later"));
    fixture.db.settle();
    CHECK(fixture.runs->stats().rate_limited == 1);
}

TEST_CASE("runs: a client that does not stop is told, and stays told under the same id") {
    Fixture fixture;
    for (std::size_t i = 0; i <= Runs::kClientTurnsPerMinute; ++i) {
        fixture.ask("r" + std::to_string(i));
        fixture.db.settle();
    }
    CHECK(fixture.events.told.back() == "error:1");
    CHECK_FALSE(fixture.events.chats.back().error_message.empty());
    fixture.ask("r" + std::to_string(Runs::kClientTurnsPerMinute));
    fixture.db.settle();
    CHECK(fixture.answers.back() == Status::finished_error);
}

TEST_CASE("runs: what is injected stands in the transcript before it is announced, without a run") {
    Fixture fixture;
    std::vector<Result<std::string>> injected;
    const auto keep = [&](Result<std::string> id) { injected.push_back(id); };
    fixture.runs->inject("agent:main:main", "main", "listen", keep);
    fixture.db.settle();
    REQUIRE(injected.size() == 1);
    CHECK(injected[0].error().code == Errc::not_found);
    CHECK(fixture.events.told.empty());

    fixture.ask("r1");
    fixture.db.settle();
    fixture.events.told.clear();
    fixture.runs->inject("agent:main:main", "main", "listen", keep);
    fixture.db.settle();
    REQUIRE(injected.size() == 2);
    REQUIRE(injected[1]);
    CHECK(injected[1]->size() == 8);
    CHECK(fixture.events.told == std::vector<std::string>{"final:0"});
    const ChatEvent& chat = fixture.events.chats.back();
    CHECK(chat.run_id == "inject-" + *injected[1]);
    CHECK(chat.display_key == "main");
    const auto lines = fixture.db.read<std::vector<store::TranscriptEntry>>(
        [](store::Database& base) { return store::list_transcript(base, "agent:main:main", 1); });
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].message == chat.message);
    CHECK(chat.message.find(R"("stopReason":"injected")") != std::string::npos);
}

TEST_CASE("runs: who waits for a slow commit is told, and the same id tells what became of it") {
    Fixture fixture;
    {
        const tests::StoreFixture::Stall stall(fixture.db);
        fixture.ask("r1");
        REQUIRE(fixture.db.loop().run_until([&] { return !fixture.refusals.empty(); },
                                            std::chrono::seconds(20)));
        CHECK(fixture.refusals[0] == Errc::unavailable);
        CHECK(fixture.answers.empty());
    }
    fixture.db.settle();
    fixture.ask("r1");
    fixture.db.settle();
    CHECK(fixture.answers == std::vector{StartOutcome::Status::finished_ok});
}

TEST_CASE("runs: who asks while nobody knows whether it was kept is not told that it runs") {
    Fixture fixture;
    fixture.db.write([](store::Database& base) {
        return base.execute(
            "CREATE TRIGGER full BEFORE INSERT ON idempotency BEGIN SELECT raise(ABORT, 'full'); "
            "END");
    });
    fixture.ask("r1");
    fixture.ask("r1");
    fixture.db.settle();
    CHECK(fixture.answers.empty());
    CHECK(fixture.refusals.size() == 2);
    CHECK_FALSE(fixture.runs->is_active("r1"));
}
