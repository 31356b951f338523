// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <doctest/doctest.h>

#include "tests/unit/gatewayd/outbox_fixture.h"

using namespace gw;
using namespace gw::delivery;
using namespace std::chrono_literals;
using store::DeliveryState;

TEST_CASE("outbox: an order leaves with its attempt committed, and ends sent") {
    Fixture fixture;
    fixture.submit(fixture.to("alice"));
    const SendOrder order = fixture.last();
    CHECK(order.attempt == 1);
    CHECK(order.to == "alice");
    CHECK(fixture.row(order.delivery_id).state == DeliveryState::attempting);
    CHECK(fixture.ends.empty());
    fixture.confirm(order);
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.ends[0]->state == DeliveryState::sent);
    CHECK(fixture.ends[0]->provider_message_id == "provider-1");
    CHECK(fixture.row(order.delivery_id).state == DeliveryState::sent);
    CHECK(fixture.outbox->stats().sent == 1);
}

TEST_CASE("outbox: what was sent is mirrored into its session, a reply is not") {
    Fixture fixture;
    fixture.submit(fixture.to("alice", "from outside"));
    CHECK(fixture.transcript().empty());
    fixture.confirm(fixture.last());
    REQUIRE(fixture.transcript().size() == 1);
    CHECK(fixture.transcript()[0].message.find("delivery-mirror") != std::string::npos);

    NewDelivery reply = fixture.to("alice", "an answer");
    reply.origin = "reply:1";
    fixture.submit(reply);
    fixture.confirm(fixture.last());
    CHECK(fixture.transcript().size() == 1);
}

TEST_CASE("outbox: one at a time per peer, in order; peers side by side") {
    Fixture fixture;
    fixture.submit(fixture.to("alice", "one"));
    fixture.submit(fixture.to("alice", "two"));
    fixture.submit(fixture.to("bob", "other"));
    REQUIRE(fixture.sender.orders.size() == 2);
    CHECK(fixture.sender.orders[0].text == "one");
    CHECK(fixture.sender.orders[1].text == "other");
    fixture.confirm(fixture.sender.orders[0]);
    REQUIRE(fixture.sender.orders.size() == 3);
    CHECK(fixture.last().text == "two");
    CHECK(fixture.row(fixture.last().delivery_id).state == DeliveryState::attempting);
}

TEST_CASE("outbox: what comes while the channel is away waits for it") {
    Fixture fixture;
    fixture.sender.is_ready = false;
    fixture.submit(fixture.to("alice"));
    CHECK(fixture.sender.orders.empty());
    CHECK(fixture.outbox->stats().queued == 1);
    fixture.sender.is_ready = true;
    fixture.outbox->on_account_ready("irc", "default");
    fixture.db.settle();
    CHECK(fixture.sender.orders.size() == 1);
}

TEST_CASE("outbox: the same key joins the delivery under way and is answered alike") {
    Fixture fixture;
    fixture.submit(fixture.to("alice", "once", "send:k"));
    fixture.submit(fixture.to("alice", "once", "send:k"));
    CHECK(fixture.sender.orders.size() == 1);
    fixture.confirm(fixture.last());
    REQUIRE(fixture.ends.size() == 2);
    CHECK(fixture.ends[0] == fixture.ends[1]);
    fixture.submit(fixture.to("alice", "once", "send:k"));
    REQUIRE(fixture.ends.size() == 3);
    CHECK(fixture.ends[2] == fixture.ends[0]);
    CHECK(fixture.sender.orders.size() == 1);
}

TEST_CASE("outbox: the same key gets the same answer after a restart of the gateway") {
    Fixture fixture;
    fixture.submit(fixture.to("alice", "once", "send:k"));
    fixture.confirm(fixture.last());
    fixture.restart();
    fixture.submit(fixture.to("alice", "once", "send:k"));
    CHECK(fixture.sender.orders.empty());
    REQUIRE(fixture.ends.size() == 2);
    CHECK(fixture.ends[1] == fixture.ends[0]);
}

TEST_CASE("outbox: after a restart queued ones are sent and attempted ones are uncertain") {
    Fixture fixture;
    fixture.submit(fixture.to("alice", "one"));
    fixture.submit(fixture.to("alice", "two"));
    const std::string first = fixture.last().delivery_id;
    fixture.restart();
    CHECK(fixture.row(first).state == DeliveryState::uncertain);
    REQUIRE(fixture.sender.orders.size() == 1);
    CHECK(fixture.last().text == "two");
}

TEST_CASE("outbox: a transient failure is repeated after its pause") {
    Fixture fixture;
    fixture.submit(fixture.to("alice"));
    const SendOrder first = fixture.last();
    fixture.outbox->on_failed(first.delivery_id, 1, Failure::transient, "busy", 5s);
    fixture.db.settle();
    CHECK(fixture.row(first.delivery_id).state == DeliveryState::queued);
    fixture.outbox->on_account_ready("irc", "default");
    fixture.db.settle();
    CHECK(fixture.sender.orders.size() == 1);
    fixture.db.clock.advance(5s);
    fixture.outbox->on_account_ready("irc", "default");
    fixture.db.settle();
    REQUIRE(fixture.sender.orders.size() == 2);
    CHECK(fixture.last().attempt == 2);
}

TEST_CASE("outbox: a permanent failure ends the delivery with its reason") {
    Fixture fixture;
    fixture.submit(fixture.to("alice", "x", "send:k"));
    fixture.outbox->on_failed(fixture.last().delivery_id, 1, Failure::permanent, "no such nick",
                              0s);
    fixture.db.settle();
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.ends[0]->state == DeliveryState::failed);
    CHECK(fixture.ends[0]->error == "no such nick");
    CHECK(fixture.transcript().empty());
}

TEST_CASE("outbox: an order the worker does not take leaves the delivery queued") {
    Fixture fixture;
    fixture.sender.is_taking = false;
    fixture.submit(fixture.to("alice"));
    CHECK(fixture.ends.empty());
    fixture.sender.is_taking = true;
    fixture.db.clock.advance(1s);
    fixture.outbox->on_account_ready("irc", "default");
    fixture.db.settle();
    CHECK(fixture.sender.orders.size() == 1);
}

TEST_CASE("outbox: work done alongside is committed with the delivery or not at all") {
    Fixture fixture;
    std::vector<Result<void>> committed;
    const auto done = [&](Result<void> outcome) { committed.push_back(outcome); };
    fixture.outbox->submit_alongside(
        fixture.to("alice"), [](store::Database&) -> Result<void> { return fail(Errc::io, "no"); },
        done);
    fixture.db.settle();
    REQUIRE(committed.size() == 1);
    CHECK_FALSE(committed[0]);
    CHECK(fixture.sender.orders.empty());

    fixture.outbox->submit_alongside(
        fixture.to("alice"), [](store::Database&) -> Result<void> { return {}; }, done);
    fixture.db.settle();
    REQUIRE(committed.size() == 2);
    CHECK(committed[1]);
    CHECK(fixture.sender.orders.size() == 1);
}

TEST_CASE("outbox: what was not handed over before a stop is sent after the next start") {
    Fixture fixture;
    fixture.outbox->submit(fixture.to("alice"), [](Result<Outcome>) {});
    fixture.outbox->stop();  // before the commit that would have sent it off
    fixture.restart();
    REQUIRE(fixture.sender.orders.size() == 1);
    CHECK(fixture.last().attempt == 2);
}

TEST_CASE("outbox: after a restart an attempt waits for its worker, and then for its answer") {
    Fixture fixture;
    fixture.submit(fixture.to("alice", "one", "send:k"));
    fixture.submit(fixture.to("alice", "two"));
    const SendOrder first = fixture.last();
    fixture.sender.provider = std::nullopt;
    fixture.sender.is_ready = false;
    fixture.restart();
    CHECK(fixture.row(first.delivery_id).state == DeliveryState::attempting);
    fixture.submit(fixture.to("alice", "one", "send:k"));  // asks again after the restart
    CHECK(fixture.ends.empty());
    fixture.sender.provider = Provider{.client_id_window = 10min};
    fixture.sender.is_ready = true;
    fixture.outbox->on_account_ready("irc", "default");
    fixture.db.settle();
    REQUIRE(fixture.sender.orders.size() == 1);  // "two" waits behind it
    CHECK(fixture.last().delivery_id == first.delivery_id);
    CHECK(fixture.last().client_id == first.client_id);
    fixture.confirm(fixture.last());
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.ends[0]->state == DeliveryState::sent);
    CHECK(fixture.last().text == "two");
}

TEST_CASE("outbox: doubt that nobody can end before the time is over is uncertain") {
    Fixture fixture;
    fixture.submit(fixture.to("alice"));
    const std::string id = fixture.last().delivery_id;
    fixture.sender.provider = std::nullopt;
    fixture.sender.is_ready = false;
    fixture.restart();
    fixture.db.clock.advance(std::chrono::hours(2));
    fixture.restart();
    CHECK(fixture.row(id).state == DeliveryState::uncertain);
}

TEST_CASE("outbox: an order may wait in its worker, an attempt may not take for ever") {
    Fixture fixture;
    fixture.submit(fixture.to("alice"));
    const SendOrder order = fixture.last();
    fixture.db.clock.advance(Outbox::kAttemptDeadline * 2);
    fixture.db.settle();
    CHECK(fixture.ends.empty());
    fixture.outbox->on_attempt_started(order.delivery_id, 1);
    fixture.db.clock.advance(Outbox::kAttemptDeadline * 2);
    fixture.outbox->on_attempt_started(order.delivery_id, 1);  // is no reason to wait anew
    fixture.submit(fixture.to("bob"));                         // any deadline is looked at then
    CHECK(fixture.db.loop().run_until([&] { return fixture.ends.size() == 1; }, 10s));
    CHECK(fixture.ends[0]->state == DeliveryState::uncertain);
}

TEST_CASE("outbox: a worker has no say in what another account sends") {
    Fixture fixture;
    fixture.submit(fixture.to("alice"));
    const std::string id = fixture.last().delivery_id;
    CHECK(fixture.outbox->is_anothers(id, "irc", "other"));
    CHECK_FALSE(fixture.outbox->is_anothers(id, "irc", "default"));
    CHECK_FALSE(fixture.outbox->is_anothers("unheard of", "irc", "other"));
}

TEST_CASE("outbox: an account holds a bounded number") {
    Fixture fixture;
    fixture.sender.is_ready = false;
    for (std::size_t i = 0; i < Outbox::kMaxPerAccount; ++i)
        fixture.outbox->submit(fixture.to("alice"), [](Result<Outcome>) {});
    fixture.submit(fixture.to("alice"));
    REQUIRE(fixture.ends.size() == 1);
    REQUIRE_FALSE(fixture.ends[0]);
    CHECK(fixture.ends[0].error().code == Errc::limit_exceeded);
}

TEST_CASE("outbox: two attempts of one lane that an earlier process left are ended one by one") {
    Fixture fixture;
    fixture.sender.provider = Provider{.client_id_window = 10min};
    fixture.submit(fixture.to("alice", "one"));
    const std::string first = fixture.last().delivery_id;
    fixture.submit(fixture.to("alice", "two"));
    fixture.db.write([](store::Database& db) {
        return db.execute("UPDATE deliveries SET state = 1, attempt = 1, first_attempt_ms = 1");
    });
    fixture.db.clock.advance(1s);
    fixture.sender.is_ready = false;
    fixture.restart();
    fixture.sender.is_ready = true;
    fixture.outbox->on_account_ready("irc", "default");
    fixture.db.settle();
    // Both are older than any window.
    CHECK(fixture.sender.orders.empty());
    CHECK(fixture.row(first).state == DeliveryState::uncertain);
    CHECK(fixture.outbox->stats().queued + fixture.outbox->stats().attempting == 0);
}

TEST_CASE("outbox: who waits for a slow commit is told, and the same key tells the end") {
    Fixture f;
    std::vector<Result<Outcome>> ends;
    const auto ended = [&ends](Result<Outcome> end) { ends.push_back(end); };
    {
        const tests::StoreFixture::Stall stall(f.db);
        f.outbox->submit(f.to("ann", "hi", "send:k"), ended);
        f.db.clock.advance(store::kSlowCommit);
        REQUIRE(f.db.loop().run_until([&] { return !ends.empty(); }, std::chrono::seconds(20)));
        CHECK(ends[0].error().code == Errc::unavailable);
    }
    f.db.settle();
    REQUIRE(f.sender.orders.size() == 1);
    f.outbox->submit(f.to("ann", "hi", "send:k"), ended);
    f.db.settle();
    f.outbox->on_sent(f.sender.orders[0].delivery_id, 1, "p1");
    f.db.settle();
    REQUIRE(ends.size() == 2);
    CHECK(ends[1]->state == store::DeliveryState::sent);
    CHECK(f.sender.orders.size() == 1);
}

TEST_CASE("outbox: a row that somebody else committed is sent, once, however early it is given") {
    Fixture fixture;
    NewDelivery what = fixture.to("ann", "code");
    what.content.parse_mode = "plain";
    const store::Delivery row = row_of(std::move(what), fixture.db.clock.wall_ms());
    fixture.db.write([&](store::Database& base) { return store::insert_delivery(base, row); });
    fixture.outbox.emplace(fixture.db.loop(), fixture.db.clock, fixture.db.store());
    fixture.outbox->adopt(row);  // before it is known what an earlier process left
    fixture.outbox->start(fixture.sender);
    fixture.db.settle();
    fixture.outbox->adopt(row);
    fixture.db.settle();
    REQUIRE(fixture.sender.orders.size() == 1);
    CHECK(fixture.last().content.parse_mode == "plain");
    fixture.confirm(fixture.last());
    CHECK(fixture.row(row.id).state == store::DeliveryState::sent);
}
