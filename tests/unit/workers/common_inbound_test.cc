// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/inbound.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "ipc/limits.h"

using namespace gw;
using workers::Event;
using workers::Flow;
using workers::Inbound;

namespace {

// Writes down what the door does, in order.
struct Recorder final : Inbound::Host {
    std::optional<proto::MessageReceived> parse(const Event& event) override {
        log.push_back("parse " + event.id);
        if (event.raw == "noise") return std::nullopt;
        return proto::MessageReceived();
    }
    void say(const proto::WorkerToCore& message) override {
        if (message.has_event_started()) {
            log.push_back("started " + message.event_started().event_id());
        } else if (message.has_event_skipped()) {
            const auto& skipped = message.event_skipped();
            log.push_back("skipped " + skipped.event_id() + ' ' + skipped.raw());
        } else if (message.has_event_passed()) {
            const auto& passed = message.event_passed();
            log.push_back("passed " + passed.event_id() + ' ' + passed.cursor());
        } else if (message.has_message_received()) {
            const auto& received = message.message_received();
            log.push_back("received " + received.event_id() + ' ' + received.cursor());
        }
    }
    [[nodiscard]] bool is_drained() const override { return kernel_has_all; }
    void on_accepted(const std::string& event_id) override {
        log.push_back("accepted " + event_id);
    }
    void on_room() override { log.push_back("room"); }

    std::vector<std::string> log;
    bool kernel_has_all = true;
};

struct Door {
    explicit Door(bool is_cautious = false, const std::string& skip = "") {
        proto::Configure settings;
        settings.set_generation(7);
        settings.set_is_cautious(is_cautious);
        if (!skip.empty()) settings.add_skip(skip);
        inbound.configure(settings);
    }
    Result<Flow> take(const std::string& id, const std::string& raw = "hello") {
        return inbound.take({.id = id, .cursor = "c" + id, .raw = raw});
    }

    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    Recorder host;
    Inbound inbound{*loop, host};
};

using Log = std::vector<std::string>;

}  // namespace

TEST_CASE("inbound: events are parsed as they come") {
    Door door;
    CHECK(*door.take("1") == Flow::go_on);
    CHECK(*door.take("2") == Flow::go_on);
    CHECK(door.host.log == Log{"parse 1", "received 1 c1", "parse 2", "received 2 c2"});
}

TEST_CASE("inbound: an event that is held is not taken twice, an accepted one is") {
    Door door;
    REQUIRE(door.take("1"));
    REQUIRE(door.take("1"));
    CHECK(door.host.log.size() == 2);
    CHECK(door.inbound.accept("1"));
    REQUIRE(door.take("1"));
    CHECK(door.host.log.size() == 5);
}

TEST_CASE("inbound: only what was said can be accepted, and once") {
    Door door;
    CHECK_FALSE(door.inbound.accept("1"));
    REQUIRE(door.take("1"));
    CHECK(door.inbound.accept("1"));
    CHECK_FALSE(door.inbound.accept("1"));
}

TEST_CASE("inbound: while cautious the next event waits until the last is accepted") {
    Door door(true);
    REQUIRE(door.take("1"));
    REQUIRE(door.take("2"));
    CHECK(door.host.log == Log{"started 1", "parse 1", "received 1 c1"});
    CHECK_FALSE(door.inbound.accept("2"));
    door.host.log.clear();
    CHECK(door.inbound.accept("1"));
    CHECK(door.host.log == Log{"accepted 1", "started 2", "parse 2", "received 2 c2"});
}

TEST_CASE("inbound: while cautious nothing is parsed before the kernel has its name") {
    Door door(true);
    door.host.kernel_has_all = false;
    REQUIRE(door.take("1"));
    CHECK(door.host.log == Log{"started 1"});
    // What comes meanwhile neither goes first nor has the name said again.
    door.host.kernel_has_all = true;
    REQUIRE(door.take("2"));
    CHECK(door.host.log == Log{"started 1", "parse 1", "received 1 c1"});
}

TEST_CASE("inbound: an event on the skip list is handed over unparsed") {
    Door door(true, "bad");
    REQUIRE(door.take("bad", "raw"));
    CHECK(door.host.log == Log{"skipped bad raw"});
    CHECK(door.inbound.accept("bad"));
}

TEST_CASE("inbound: an event that says nothing is passed with its cursor, without one forgotten") {
    Door door;
    REQUIRE(door.take("1", "noise"));
    CHECK(door.host.log == Log{"parse 1", "passed 1 c1"});
    CHECK(door.inbound.accept("1"));
    door.host.log.clear();
    REQUIRE(door.inbound.take({.id = "2", .cursor = "", .raw = "noise"}));
    CHECK(door.host.log == Log{"parse 2"});
    CHECK_FALSE(door.inbound.accept("2"));
}

TEST_CASE("inbound: what was announced is cleared, also when it says nothing") {
    Door door(true);
    REQUIRE(door.inbound.take({.id = "1", .cursor = "", .raw = "noise"}));
    REQUIRE(door.take("2"));
    CHECK(door.host.log == Log{"started 1", "parse 1", "passed 1 "});
    door.host.log.clear();
    CHECK(door.inbound.accept("1"));
    CHECK(door.host.log == Log{"accepted 1", "started 2", "parse 2", "received 2 c2"});
}

TEST_CASE("inbound: an event without an id gets one that names the generation") {
    Door door;
    REQUIRE(door.inbound.take({.id = "", .cursor = "", .raw = "a"}));
    REQUIRE(door.inbound.take({.id = "", .cursor = "", .raw = "a"}));
    CHECK(door.host.log == Log{"parse 7-1", "received 7-1 ", "parse 7-2", "received 7-2 "});
}

TEST_CASE("inbound: an id that is too long is refused") {
    Door door;
    CHECK(door.take(std::string(ipc::kMaxIdBytes, 'i')));
    const auto refused = door.take(std::string(ipc::kMaxIdBytes + 1, 'i'));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid_input);
}

TEST_CASE("inbound: at half of the events the adapter reads less, at a quarter it goes on") {
    Door door;
    std::size_t taken = 0;
    while (*door.take(std::to_string(taken++)) == Flow::go_on)
        continue;
    CHECK(taken == Inbound::kMaxEvents / 2);
    door.host.log.clear();
    std::size_t accepted = 0;
    while (door.host.log.empty() || door.host.log.back() != "room")
        REQUIRE(door.inbound.accept(std::to_string(accepted++)));
    CHECK(taken - accepted == Inbound::kMaxEvents / 4 - 1);
}

TEST_CASE("inbound: who does not read less is refused at the bound") {
    Door door;
    for (std::size_t i = 0; i < Inbound::kMaxEvents; ++i)
        REQUIRE(door.take(std::to_string(i)));
    const auto refused = door.take("more");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::limit_exceeded);
    CHECK(door.take("0"));  // is held already
}

TEST_CASE("inbound: one event larger than the bound passes alone") {
    Door door;
    CHECK(*door.take("big", std::string(Inbound::kMaxBytes + 1, 'b')) == Flow::read_less);
    CHECK_FALSE(door.take("more"));
    CHECK(door.inbound.accept("big"));
    CHECK(*door.take("more") == Flow::go_on);
}
