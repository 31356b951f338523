#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// An outbox on a real store, with a sender that keeps what it is told to send.

#include <doctest/doctest.h>
#include <optional>
#include <vector>
#include "gatewayd/delivery/outbox.h"
#include "store/database.h"
#include "store/patience.h"
#include "store/sessions.h"
#include "tests/unit/gatewayd/store_fixture.h"

namespace gw::delivery {

struct FakeSender final : Sender {
    bool is_ready = true;
    bool is_taking = true;
    std::vector<SendOrder> orders;
    std::vector<LookUpOrder> questions;
    std::optional<Provider> provider = Provider{};

    bool may_send(const std::string&, const std::string&) const override { return is_ready; }
    Result<void> send(const SendOrder& order) override {
        if (!is_taking) return fail(Errc::unavailable, "the worker takes nothing");
        orders.push_back(order);
        return {};
    }
    Result<void> look_up(const LookUpOrder& order) override {
        questions.push_back(order);
        return {};
    }
    std::optional<Provider> find_provider(const std::string&, const std::string&) const override {
        return provider;
    }
};

struct Fixture {
    tests::StoreFixture db;
    FakeSender sender;
    std::optional<Outbox> outbox;
    std::vector<Result<Outcome>> ends;

    Fixture() { start(); }
    void start() {
        outbox.emplace(db.loop(), db.clock, db.store());
        outbox->start(sender);
        db.settle();
    }
    // What a kill of the gateway does to the outbox.
    void restart() {
        db.settle();
        outbox.reset();
        sender.orders.clear();
        db.reopen();
        start();
    }
    NewDelivery to(const std::string& peer, const std::string& text = "hi",
                   const std::string& key = {}) {
        NewDelivery what;
        what.channel = "irc";
        what.account = "default";
        what.to = peer;
        what.text = text;
        what.session_key = "agent:main:main";
        what.idempotency_key = key;
        return what;
    }
    void submit(NewDelivery what) {
        outbox->submit(std::move(what), [this](Result<Outcome> end) { ends.push_back(end); });
        db.settle();
    }
    store::Delivery row(const std::string& id) {
        const auto found = db.read<std::optional<store::Delivery>>(
            [id](store::Database& base) { return store::find_delivery(base, id); });
        REQUIRE(found);
        return *found;
    }
    const SendOrder& last() {
        REQUIRE_FALSE(sender.orders.empty());
        return sender.orders.back();
    }
    void confirm(const SendOrder& order) {
        outbox->on_attempt_started(order.delivery_id, order.attempt);
        outbox->on_sent(order.delivery_id, order.attempt, "provider-1");
        db.settle();
    }
    std::vector<store::TranscriptEntry> transcript() {
        return db.read<std::vector<store::TranscriptEntry>>([](store::Database& base) {
            return store::list_transcript(base, "agent:main:main", 100);
        });
    }
};

}  // namespace gw::delivery
