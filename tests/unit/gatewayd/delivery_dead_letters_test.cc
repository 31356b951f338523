// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/delivery/dead_letters.h"

#include <doctest/doctest.h>

#include <vector>

#include "store/sessions.h"
#include "tests/unit/gatewayd/store_fixture.h"

using namespace gw;
using namespace gw::delivery;
using store::DeliveryState;

namespace {

// Takes every order; the tests say what became of it.
struct Postman final : Sender {
    bool is_ready = true;
    std::vector<SendOrder> orders;

    bool may_send(const std::string&, const std::string&) const override { return is_ready; }
    Result<void> send(const SendOrder& order) override {
        orders.push_back(order);
        return {};
    }
    Result<void> look_up(const LookUpOrder&) override {
        return fail(Errc::unavailable, "nothing is looked up here");
    }
    std::optional<Provider> find_provider(const std::string&, const std::string&) const override {
        return Provider{};
    }
};

struct Watcher final : Outbox::Events {
    std::vector<store::Delivery> ended;
    void on_delivery_ended(const store::Delivery& row) override { ended.push_back(row); }
};

struct Fixture {
    tests::StoreFixture db;
    Postman postman;
    Watcher watcher;
    Outbox outbox{db.loop(), db.clock, db.store()};
    DeadLetters letters{db.clock, db.store(), outbox};
    std::vector<Result<Outcome>> ends;
    std::vector<Result<std::string>> retried;
    std::vector<Result<void>> dropped;

    Fixture() {
        outbox.set_events(watcher);
        outbox.start(postman);
        db.settle();
    }
    std::string submit(const std::string& origin = "send") {
        NewDelivery what;
        what.channel = "irc";
        what.account = "default";
        what.to = "ann";
        what.text = "hello";
        what.session_key = "agent:main:main";
        what.origin = origin;
        what.reply_to = "m1";
        what.thread = "t1";
        what.is_silent = true;
        outbox.submit(what, [this](Result<Outcome> end) { ends.push_back(end); });
        db.settle();
        return list({.state = postman.is_ready ? DeliveryState::attempting : DeliveryState::queued,
                     .channel = "irc"})
            .front()
            .id;
    }
    // A delivery that its network refused for good.
    std::string fail_one(const std::string& origin = "send") {
        std::string id = submit(origin);
        outbox.on_failed(id, 1, Failure::permanent, "no such nick", {});
        db.settle();
        return id;
    }
    std::vector<store::Delivery> list(const store::DeliveryFilter& filter = {}) {
        return db.read<std::vector<store::Delivery>>(
            [filter](store::Database& base) { return store::list_deliveries(base, filter); });
    }
    void retry(const std::string& id) {
        letters.retry(id, [this](Result<std::string> got) { retried.push_back(got); });
    }
    void drop(const std::string& id) {
        letters.drop(id, [this](Result<void> got) { dropped.push_back(got); });
        db.settle();
    }
    std::size_t transcript_lines() {
        return db
            .read<std::vector<store::TranscriptEntry>>([](store::Database& base) {
                return store::list_transcript(base, "agent:main:main", 100);
            })
            .size();
    }
};

}  // namespace

TEST_CASE("dead letters: what ended badly is announced and listed until it is dropped") {
    Fixture f;
    const std::string id = f.fail_one();
    REQUIRE(f.watcher.ended.size() == 1);
    CHECK(f.watcher.ended[0].id == id);
    CHECK(f.watcher.ended[0].state == DeliveryState::failed);
    CHECK(f.watcher.ended[0].error == "no such nick");
    REQUIRE(f.list().size() == 1);
    CHECK(f.list({.state = {}, .channel = "echo"}).empty());

    f.drop(id);
    REQUIRE(f.dropped.size() == 1);
    CHECK(f.dropped[0]);
    CHECK(f.list().empty());
    CHECK(f.list({.state = {}, .channel = {}, .includes_settled = true}).size() == 1);

    f.drop(id);
    CHECK(f.dropped.back().error().code == Errc::not_found);
}

TEST_CASE("dead letters: a retry carries the same content, and settles the old one") {
    Fixture f;
    const std::string id = f.fail_one();
    f.retry(id);
    f.db.settle();
    REQUIRE(f.retried.size() == 1);
    REQUIRE(f.retried[0]);
    CHECK(*f.retried[0] != id);
    const SendOrder& order = f.postman.orders.back();
    CHECK(order.delivery_id == *f.retried[0]);
    CHECK(order.text == "hello");
    CHECK(order.to == "ann");
    CHECK(order.reply_to == "m1");
    CHECK(order.thread == "t1");
    CHECK(order.is_silent);
    CHECK(f.list().empty());
}

TEST_CASE("dead letters: asked twice, even at the same time, one is sent again") {
    Fixture f;
    const std::string id = f.fail_one();
    f.retry(id);
    f.retry(id);
    f.db.settle();
    f.retry(id);
    f.db.settle();
    REQUIRE(f.retried.size() == 3);
    REQUIRE(f.retried[0]);
    CHECK(f.retried[1] == f.retried[0]);
    CHECK(f.retried[2] == f.retried[0]);
    CHECK(f.postman.orders.size() == 2);
}

TEST_CASE("dead letters: what was dropped, is under way or unknown is not sent again") {
    Fixture f;
    const std::string dropped = f.fail_one();
    f.drop(dropped);
    f.retry(dropped);
    const std::string waiting = f.submit();
    f.retry(waiting);
    f.retry("nothing");
    f.db.settle();
    REQUIRE(f.retried.size() == 3);
    CHECK(f.retried[0].error().code == Errc::invalid_input);
    CHECK(f.retried[1].error().code == Errc::invalid_input);
    CHECK(f.retried[2].error().code == Errc::not_found);
    CHECK(f.postman.orders.size() == 2);
}

TEST_CASE(
    "dead letters: a retried send is mirrored when it arrives, a retried answer is not again") {
    Fixture f;
    f.retry(f.fail_one());
    f.db.settle();
    f.outbox.on_sent(*f.retried.back(), 1, "p1");
    f.db.settle();
    CHECK(f.transcript_lines() == 1);

    f.retry(f.fail_one("reply:1"));
    f.db.settle();
    f.outbox.on_sent(*f.retried.back(), 1, "p2");
    f.db.settle();
    CHECK(f.transcript_lines() == 1);
}

TEST_CASE("outbox: what waits can be cancelled, and whoever waits for it hears so") {
    Fixture f;
    f.postman.is_ready = false;
    const std::string id = f.submit();
    std::vector<Result<Outcome>> cancelled;
    f.outbox.cancel(id, [&](Result<Outcome> end) { cancelled.push_back(end); });
    f.db.settle();
    REQUIRE(cancelled.size() == 1);
    CHECK(cancelled[0]->state == DeliveryState::cancelled);
    REQUIRE(f.ends.size() == 1);
    CHECK(f.ends[0]->state == DeliveryState::cancelled);
    CHECK(f.list().empty());

    f.postman.is_ready = true;
    f.outbox.on_account_ready("irc", "default");
    f.db.settle();
    CHECK(f.postman.orders.empty());
    f.outbox.cancel(id, [&](Result<Outcome> end) { cancelled.push_back(end); });
    CHECK(cancelled.back().error().code == Errc::invalid_input);
}

TEST_CASE("outbox: what a worker has cannot be cancelled") {
    Fixture f;
    const std::string id = f.submit();
    std::vector<Result<Outcome>> cancelled;
    f.outbox.cancel(id, [&](Result<Outcome> end) { cancelled.push_back(end); });
    REQUIRE(cancelled.size() == 1);
    CHECK(cancelled[0].error().code == Errc::invalid_input);
    CHECK(f.ends.empty());
}
