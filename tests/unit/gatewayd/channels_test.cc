// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The whole thread from a worker's socket and back, with a real store and a real worker process
// that pretends to have a network.

#include "gatewayd/channels/channels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "gatewayd/agents/runs.h"
#include "store/sessions.h"
#include "tests/unit/gatewayd/store_fixture.h"

using namespace gw;
using namespace gw::channels;
using namespace std::chrono_literals;

namespace {

struct Fixture final : Channels::Events, agents::Runs::Events {
    tests::StoreFixture db;
    config::Config config;
    std::optional<delivery::Outbox> outbox;
    std::optional<agents::Runs> runs;
    std::optional<Channels> channels;
    std::vector<std::string> states;
    std::vector<KeptGap> gaps;
    std::vector<store::QuarantinedSummary> quarantined;
    std::optional<delivery::Outcome> outcome;

    explicit Fixture(const std::string& settings = "{}") {
        config::Account account;
        account.channel = "fake";
        account.settings_json = settings;
        account.allow_from = {"alice"};
        config.accounts.push_back(account);
        account.account = "off";
        account.enabled = false;
        config.accounts.push_back(account);
        config.worker_directory = GW_FAKE_WORKER_DIRECTORY;
        outbox.emplace(db.loop(), db.clock, db.store());
        runs.emplace(db.loop(), db.clock, db.store(), *outbox, *this);
        channels.emplace(db.loop(), db.clock, db.store(), config, *outbox, *runs, *this);
        outbox->start(*channels);
        channels->start_all();
    }
    ~Fixture() override {
        bool is_done = false;
        channels->stop_all([&] { is_done = true; });
        CHECK(db.loop().run_until([&] { return is_done; }, 20s));
        channels.reset();
    }

    void on_account_changed(const AccountStatus& status) override {
        states.push_back(status.state);
    }
    void on_gap(const KeptGap& kept) override { gaps.push_back(kept); }
    void on_quarantined(const store::QuarantinedSummary& event) override {
        quarantined.push_back(event);
    }
    void on_agent(const agents::AgentEvent&) override {}
    void on_chat(const agents::ChatEvent&) override {}
    void on_run_finished(const agents::RunFinished&) override {}

    AccountStatus status() {
        const auto found = channels->find_status("fake", "default");
        REQUIRE(found);
        return *found;
    }
    bool reach(const std::string& state) {
        return db.loop().run_until([&] { return status().state == state; }, 20s);
    }
    delivery::Outcome send(const std::string& text) {
        outcome.reset();
        delivery::NewDelivery what;
        what.channel = "fake";
        what.account = "default";
        what.to = "alice";
        what.text = text;
        outbox->submit(std::move(what), [this](Result<delivery::Outcome> end) {
            REQUIRE(end);
            outcome = *end;
        });
        REQUIRE(db.loop().run_until([&] { return outcome.has_value(); }, 20s));
        return *outcome;
    }
};

}  // namespace

TEST_CASE("channels: what somebody says on a network is answered there") {
    Fixture fixture(R"({"say":"hello"})");
    const bool is_answered =
        fixture.db.loop().run_until([&] { return fixture.outbox->stats().sent == 2; }, 20s);
    REQUIRE(is_answered);
    const auto lines = fixture.db.read<std::vector<store::TranscriptEntry>>(
        [](store::Database& base) { return store::list_transcript(base, "agent:main:main", 10); });
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].message.find("\"hello\"") != std::string::npos);
    CHECK(fixture.channels->inbox_stats().routed == 2);
    CHECK(fixture.status().last_inbound_ms > 0);
    CHECK(fixture.status().last_outbound_ms > 0);
}

TEST_CASE("channels: an account goes through its states and says who it is") {
    Fixture fixture;
    REQUIRE(fixture.reach("running"));
    CHECK(fixture.states ==
          std::vector<std::string>{"starting", "configuring", "connecting", "running"});
    const AccountStatus status = fixture.status();
    CHECK(status.running);
    CHECK(status.connected);
    CHECK(status.pid != 0);
    CHECK(status.self_id == "fake-bot");
    CHECK(status.detail == "connected");
    CHECK(fixture.channels->find_status("fake", "off")->last_error == "disabled");
    CHECK(fixture.channels->statuses().size() == 2);
}

TEST_CASE("channels: a message is sent and confirmed") {
    Fixture fixture;
    const auto outcome = fixture.send("hi");
    CHECK(outcome.state == store::DeliveryState::sent);
    CHECK(outcome.provider_message_id == "fake-1");
}

TEST_CASE("channels: a worker that dies before its attempt is given the message again") {
    Fixture fixture;
    const auto outcome = fixture.send("die before the attempt");
    CHECK(outcome.state == store::DeliveryState::sent);
    CHECK(outcome.provider_message_id == "fake-2");
    CHECK(fixture.status().restarts == 1);
    CHECK(fixture.channels->supervisor_stats().failed == 1);
}

TEST_CASE("channels: a worker that dies within its attempt leaves the message uncertain") {
    Fixture fixture;
    const auto outcome = fixture.send("die within the attempt");
    CHECK(outcome.state == store::DeliveryState::uncertain);
    REQUIRE(fixture.reach("running"));
    CHECK(fixture.send("hi").state == store::DeliveryState::sent);
}

TEST_CASE("channels: stop, start and restart act on workers") {
    Fixture fixture;
    // About to start, which is as good as started.
    CHECK(fixture.channels->resolve_target({.channel = "fake", .account = {}, .to = "alice"}));
    REQUIRE(fixture.reach("running"));
    const auto first = fixture.status().generation;
    REQUIRE(fixture.channels->restart("fake", "default"));
    REQUIRE(fixture.db.loop().run_until([&] { return fixture.status().generation != first; }, 20s));
    REQUIRE(fixture.reach("running"));
    CHECK(fixture.status().restarts == 0);  // somebody asked for it
    CHECK(fixture.channels->resolve_target({.channel = "fake", .account = {}, .to = "alice"}));

    REQUIRE(fixture.channels->stop("fake", {}));
    REQUIRE(fixture.reach("stopped"));
    CHECK(fixture.status().pid == 0);
    CHECK(fixture.status().last_error.empty());
    const auto target =
        fixture.channels->resolve_target({.channel = "fake", .account = {}, .to = "alice"});
    REQUIRE_FALSE(target);
    CHECK(target.error().code == Errc::unavailable);

    REQUIRE(fixture.channels->start("fake", {}));
    REQUIRE(fixture.reach("running"));
}

TEST_CASE("channels: what is not configured, or disabled, cannot be started") {
    Fixture fixture;
    CHECK(fixture.channels->start("fax", {}).error().message == "unknown channel: fax");
    CHECK(fixture.channels->start("fake", "none").error().code == Errc::invalid_input);
    CHECK(fixture.channels->start("fake", "off").error().message ==
          "disabled in the configuration: fake");
}

TEST_CASE("channels: an account that needs a human waits for one") {
    Fixture fixture(R"({"block":true})");
    REQUIRE(fixture.reach("blocked"));
    REQUIRE(fixture.db.loop().run_until([&] { return fixture.status().pid == 0; }, 20s));
    CHECK(fixture.status().detail == "log in again");
    CHECK(fixture.channels->supervisor_stats().spawns == 1);
    const auto target =
        fixture.channels->resolve_target({.channel = "fake", .account = {}, .to = "alice"});
    CHECK(target.error().message == "fake (account default) is blocked: log in again");
}

TEST_CASE("channels: all workers stop soon when they obey") {
    Fixture fixture;
    REQUIRE(fixture.reach("running"));
    const base::SystemClock clock;
    const auto start = clock.steady();
    bool is_done = false;
    fixture.channels->stop_all([&] { is_done = true; });
    REQUIRE(fixture.db.loop().run_until([&] { return is_done; }, 20s));
    CHECK(clock.steady() - start < 2s);
    CHECK(fixture.status().state == "stopped");
}

TEST_CASE("channels: an event that crashes its worker three times is put aside, the rest goes on") {
    Fixture fixture(R"({"poison":true})");
    REQUIRE(fixture.db.loop().run_until([&] { return fixture.outbox->stats().sent == 1; }, 20s));
    // The first crash makes the next starts cautious; three more are blamed on the event.
    CHECK(fixture.channels->supervisor_stats().crashed == 4);
    REQUIRE(fixture.quarantined.size() == 1);
    CHECK(fixture.quarantined[0].event_id == "poison");
    CHECK(fixture.quarantined[0].size == 10);
    CHECK(fixture.channels->inbox_stats().skipped == 1);
    CHECK(fixture.channels->inbox_stats().routed == 1);

    // What it said behind the poison is where it resumes; the poison stays on the skip list.
    const auto facts = fixture.db.read<ConfigureFacts>(
        [](store::Database& base) { return read_configure_facts(base, "fake", "default"); });
    CHECK(facts.cursor == "behind poison");
    CHECK(facts.skip == std::vector<std::string>{"poison"});
}

TEST_CASE("channels: a gap is told to readers and shown with the account") {
    Fixture fixture(R"({"gap":5000})");
    REQUIRE(fixture.db.loop().run_until([&] { return !fixture.gaps.empty(); }, 20s));
    CHECK(fixture.gaps[0].gap.reason == "the line was down");
    REQUIRE(fixture.status().last_gap);
    CHECK(fixture.status().last_gap->to_ms - fixture.status().last_gap->from_ms == 5000);
    REQUIRE(fixture.reach("running"));
}

TEST_CASE("channels: what a worker keeps is there for the next one") {
    Fixture fixture(R"({"count":true})");
    const auto heard = [&](std::uint64_t count) {
        return fixture.db.loop().run_until(
            [&] { return fixture.channels->inbox_stats().received == count; }, 20s);
    };
    REQUIRE(heard(2));
    REQUIRE(fixture.channels->restart("fake", "default"));
    REQUIRE(heard(4));
    fixture.db.settle();
    const auto lines = fixture.db.read<std::vector<store::TranscriptEntry>>(
        [](store::Database& base) { return store::list_transcript(base, "agent:main:main", 10); });
    const auto says = [&lines](const char* text) {
        return std::ranges::any_of(lines, [text](const store::TranscriptEntry& line) {
            return line.message.find(text) != std::string::npos;
        });
    };
    CHECK(says("start 1"));
    CHECK(says("start 2"));
}

TEST_CASE("channels: a worker that says what it may not is cut off") {
    for (const char* breach : {"skip", "start", "state", "gap"}) {
        INFO(breach);
        Fixture fixture(std::string(R"({"breach":")") + breach + R"("})");
        CHECK(fixture.db.loop().run_until(
            [&] { return fixture.channels->supervisor_stats().protocol_violations > 0; }, 20s));
        CHECK(fixture.quarantined.empty());
        CHECK(fixture.gaps.empty());
    }
}
