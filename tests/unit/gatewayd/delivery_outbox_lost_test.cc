// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What becomes of attempts whose worker has ended.

#include <doctest/doctest.h>

#include "tests/unit/gatewayd/outbox_fixture.h"

using namespace gw;
using namespace gw::delivery;
using namespace std::chrono_literals;
using store::DeliveryState;

TEST_CASE("outbox: an attempt that the lost worker never started is made again") {
    Fixture fixture;
    fixture.submit(fixture.to("alice"));
    const SendOrder first = fixture.last();
    fixture.outbox->on_account_gone("irc", "default", true);
    fixture.db.settle();
    fixture.outbox->on_account_ready("irc", "default");
    fixture.db.settle();
    REQUIRE(fixture.sender.orders.size() == 2);
    CHECK(fixture.last().delivery_id == first.delivery_id);
    CHECK(fixture.last().attempt == 2);
    fixture.confirm(first);  // an answer to the lost attempt is too late
    CHECK(fixture.ends.empty());
    fixture.confirm(fixture.last());
    CHECK(fixture.ends.size() == 1);
}

TEST_CASE("outbox: an attempt that the lost worker had started is uncertain and never repeated") {
    Fixture fixture;
    fixture.submit(fixture.to("alice"));
    fixture.outbox->on_attempt_started(fixture.last().delivery_id, 1);
    fixture.outbox->on_account_gone("irc", "default", true);
    fixture.db.settle();
    fixture.outbox->on_account_ready("irc", "default");
    fixture.db.settle();
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.ends[0]->state == DeliveryState::uncertain);
    CHECK_FALSE(fixture.ends[0]->error.empty());
    CHECK(fixture.sender.orders.size() == 1);
}

TEST_CASE("outbox: with ids of ours a started attempt is made again under the same id") {
    Fixture fixture;
    fixture.sender.provider = Provider{.client_id_window = 10min};
    fixture.submit(fixture.to("alice"));
    const SendOrder first = fixture.last();
    fixture.outbox->on_attempt_started(first.delivery_id, 1);
    fixture.outbox->on_account_gone("irc", "default", true);
    fixture.db.settle();
    REQUIRE(fixture.sender.orders.size() == 2);
    CHECK(fixture.last().attempt == 2);
    CHECK(fixture.last().client_id == first.client_id);
    CHECK_FALSE(first.client_id.empty());
    fixture.confirm(fixture.last());
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.ends[0]->state == DeliveryState::sent);
}

TEST_CASE("outbox: what a repetition found refused may have arrived before") {
    Fixture fixture;
    fixture.sender.provider = Provider{.client_id_window = 10min};
    fixture.submit(fixture.to("alice"));
    const std::string id = fixture.last().delivery_id;
    fixture.outbox->on_attempt_started(id, 1);
    fixture.outbox->on_account_gone("irc", "default", true);
    fixture.db.settle();
    fixture.outbox->on_failed(id, 2, Failure::permanent, "banned", 0s);
    fixture.db.settle();
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.ends[0]->state == DeliveryState::uncertain);
    CHECK(fixture.ends[0]->error == "banned");
}

TEST_CASE("outbox: where the worker can look up, it is asked once it is connected again") {
    Fixture fixture;
    fixture.sender.provider = Provider{.can_look_up = true};
    const struct {
        LookUp answer;
        DeliveryState end;
        std::size_t orders;
    } kCases[] = {{LookUp::found, DeliveryState::sent, 1},
                  {LookUp::absent, DeliveryState::sent, 2},
                  {LookUp::unknown, DeliveryState::uncertain, 1}};
    for (const auto& c : kCases) {
        fixture.sender.orders.clear();
        fixture.sender.questions.clear();
        fixture.ends.clear();
        fixture.submit(fixture.to("alice"));
        const std::string id = fixture.last().delivery_id;
        fixture.outbox->on_attempt_started(id, 1);
        fixture.sender.is_ready = false;
        fixture.outbox->on_account_gone("irc", "default", true);
        fixture.db.settle();
        CHECK(fixture.sender.questions.empty());
        fixture.sender.is_ready = true;
        fixture.outbox->on_account_ready("irc", "default");
        fixture.db.settle();
        CHECK(fixture.sender.questions.empty());  // bytes may still be in flight
        fixture.db.clock.advance(kLanding);
        fixture.outbox->on_account_ready("irc", "default");
        fixture.db.settle();
        REQUIRE(fixture.sender.questions.size() == 1);
        CHECK(fixture.sender.questions[0].delivery_id == id);
        fixture.outbox->on_looked_up(id, c.answer, "provider-7");
        fixture.db.settle();
        REQUIRE(fixture.sender.orders.size() == c.orders);
        if (c.orders == 2) fixture.confirm(fixture.last());
        REQUIRE(fixture.ends.size() == 1);
        CHECK(fixture.ends[0]->state == c.end);
        if (c.answer == LookUp::found) CHECK(fixture.ends[0]->provider_message_id == "provider-7");
    }
}

TEST_CASE("outbox: of a worker that was cut off nobody knows what it had started") {
    Fixture fixture;
    fixture.submit(fixture.to("alice"));
    fixture.outbox->on_account_gone("irc", "default", false);
    fixture.db.settle();
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.ends[0]->state == DeliveryState::uncertain);
    CHECK(fixture.sender.orders.size() == 1);
}

TEST_CASE("outbox: those behind a message that ends its worker are not given up with it") {
    Fixture fixture;
    fixture.submit(fixture.to("alice", "deadly"));
    const std::string deadly = fixture.last().delivery_id;
    fixture.db.clock.advance(1ms);
    fixture.submit(fixture.to("bob"));
    const std::string behind = fixture.last().delivery_id;
    for (int i = 0; i < kMaxLostAttempts; ++i) {
        fixture.outbox->on_account_gone("irc", "default", true);
        fixture.db.settle();
    }
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.row(deadly).state == DeliveryState::failed);
    CHECK(fixture.row(behind).state == DeliveryState::attempting);
}

TEST_CASE("outbox: a message that ends its worker each time is given up") {
    Fixture fixture;
    fixture.submit(fixture.to("alice"));
    for (int i = 0; i < kMaxLostAttempts; ++i) {
        fixture.outbox->on_account_gone("irc", "default", true);
        fixture.db.settle();
    }
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.ends[0]->state == DeliveryState::failed);
    CHECK(fixture.sender.orders.size() == kMaxLostAttempts);
}
