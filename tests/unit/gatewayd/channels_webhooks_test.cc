// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/webhooks.h"

#include <doctest/doctest.h>

#include <memory>

using namespace gw;
using namespace gw::channels;

namespace {

struct Exchange final : net::HttpExchange {
    std::vector<net::HttpAnswer> answers;
    void answer(const net::HttpAnswer& answer) override { answers.push_back(answer); }
};

struct Fixture final : Webhooks::Workers {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    bool ready = true;
    bool takes = true;
    std::vector<proto::CoreToWorker> sent;
    std::optional<Webhooks> webhooks;
    const Webhooks::WorkerId hook{"hook", "default"};
    const Webhooks::WorkerId other{"other", "default"};

    Fixture() {
        std::vector<config::Account> accounts(3);
        accounts[0].channel = "hook";
        accounts[0].webhook_path = "/hook";
        accounts[1].channel = "other";
        accounts[2].channel = "off";
        accounts[2].webhook_path = "/off";
        accounts[2].enabled = false;
        webhooks.emplace(*loop, accounts, *this);
    }
    std::size_t waiting = 0;
    [[nodiscard]] std::size_t queued(const Webhooks::WorkerId&) const override { return waiting; }
    [[nodiscard]] bool is_ready(const Webhooks::WorkerId& id) const override {
        return ready && id == hook;
    }
    Result<void> send(const Webhooks::WorkerId&, const proto::CoreToWorker& message) override {
        if (!takes) return fail(Errc::unavailable, "gone");
        sent.push_back(message);
        return {};
    }

    std::optional<net::HttpDecision> ask(const std::string& path) {
        net::HttpRequest request;
        request.method = "POST";
        request.path = path;
        request.query = "a=b";
        request.headers = {{"x-sig", "s"}};
        return webhooks->take(request);
    }
    // The owner of a request that is taken.
    std::unique_ptr<net::HttpOwner> take(Exchange& exchange) {
        auto decision = ask("/hook");
        REQUIRE(decision);
        REQUIRE(std::holds_alternative<std::unique_ptr<net::HttpOwner>>(*decision));
        auto owner = std::move(std::get<std::unique_ptr<net::HttpOwner>>(*decision));
        owner->on_begin(exchange);
        return owner;
    }
    int refusal() {
        auto decision = ask("/hook");
        REQUIRE(decision);
        const auto* answer = std::get_if<net::HttpAnswer>(&*decision);
        return answer == nullptr ? 0 : answer->status;
    }
    static proto::HttpReply reply(std::uint32_t status) {
        proto::HttpReply made;
        made.set_status(status);
        return made;
    }
};

}  // namespace

TEST_CASE("webhooks: a request reaches its worker whole and is answered with the reply") {
    Fixture fixture;
    Exchange exchange;
    auto owner = fixture.take(exchange);
    owner->on_body("body");
    REQUIRE(fixture.sent.size() == 1);
    const auto& request = fixture.sent[0].http_request_received();
    CHECK(request.method() == "POST");
    CHECK(request.path() == "/hook");
    CHECK(request.query() == "a=b");
    CHECK(request.headers(0).name() == "x-sig");
    CHECK(request.body() == "body");
    CHECK(exchange.answers.empty());
    CHECK(fixture.webhooks->on_reply(fixture.hook, fixture.sent[0].id(), Fixture::reply(204)));
    REQUIRE(exchange.answers.size() == 1);
    CHECK(exchange.answers[0].status == 204);
}

TEST_CASE("webhooks: other paths, and those of disabled accounts, are nobody's") {
    Fixture fixture;
    CHECK_FALSE(fixture.ask("/"));
    CHECK_FALSE(fixture.ask("/hook/"));
    CHECK_FALSE(fixture.ask("/off"));
}

TEST_CASE("webhooks: without a worker that is ready the caller is told to come back") {
    Fixture fixture;
    fixture.ready = false;
    CHECK(fixture.refusal() == 503);
    fixture.ready = true;
    Exchange exchange;
    auto owner = fixture.take(exchange);
    fixture.takes = false;  // it went while the body came
    owner->on_body("");
    REQUIRE(exchange.answers.size() == 1);
    CHECK(exchange.answers[0].status == 503);
    CHECK(exchange.answers[0].headers[0] == net::HttpHeader{"Retry-After", "5"});
}

TEST_CASE("webhooks: a worker that ends leaves 502 to those it was asked for, once") {
    Fixture fixture;
    Exchange exchange;
    Exchange second;
    auto asked = fixture.take(exchange);
    auto reading = fixture.take(second);
    asked->on_body("");
    fixture.webhooks->on_worker_gone(fixture.other);
    CHECK(exchange.answers.empty());
    fixture.webhooks->on_worker_gone(fixture.hook);
    fixture.webhooks->on_worker_gone(fixture.hook);
    REQUIRE(exchange.answers.size() == 1);
    CHECK(exchange.answers[0].status == 502);
    reading->on_body("");  // goes to the next process
    CHECK(fixture.sent.size() == 2);
    CHECK(second.answers.empty());
}

TEST_CASE("webhooks: no more wait per account than the bound, and whoever goes makes room") {
    Fixture fixture;
    Exchange exchange;
    std::vector<std::unique_ptr<net::HttpOwner>> owners;
    while (owners.size() < Webhooks::kMaxWaiting) {
        owners.push_back(fixture.take(exchange));
        owners.back()->on_body("");
    }
    CHECK(fixture.refusal() == 429);
    owners.pop_back();
    CHECK(fixture.refusal() == 0);
}

TEST_CASE("webhooks: bodies that take for ever shut nobody out: the oldest makes room") {
    Fixture fixture;
    Exchange oldest, others;
    std::vector<std::unique_ptr<net::HttpOwner>> owners;
    owners.push_back(fixture.take(oldest));
    while (owners.size() < Webhooks::kMaxWaiting)
        owners.push_back(fixture.take(others));
    CHECK(oldest.answers.empty());
    Exchange exchange;
    const auto owner = fixture.take(exchange);
    REQUIRE(oldest.answers.size() == 1);
    CHECK(oldest.answers[0].status == 408);
    CHECK(others.answers.empty());
    owner->on_body("");
    CHECK(fixture.sent.size() == 1);
}

TEST_CASE("webhooks: strangers do not fill the way to a worker") {
    Fixture fixture;
    Exchange exchange;
    auto owner = fixture.take(exchange);
    fixture.waiting = Webhooks::kMaxQueued + 1;
    owner->on_body("body");
    CHECK(fixture.sent.empty());
    REQUIRE(exchange.answers.size() == 1);
    CHECK(exchange.answers[0].status == 429);
}

TEST_CASE("webhooks: a late reply is passed over, one that nobody asked for is a breach") {
    Fixture fixture;
    Exchange exchange;
    auto owner = fixture.take(exchange);
    owner->on_body("");
    const std::uint64_t id = fixture.sent[0].id();
    CHECK_FALSE(fixture.webhooks->on_reply(fixture.other, id, Fixture::reply(200)));
    CHECK_FALSE(fixture.webhooks->on_reply(fixture.hook, id + 1, Fixture::reply(200)));
    CHECK_FALSE(fixture.webhooks->on_reply(fixture.hook, 0, Fixture::reply(200)));
    CHECK_FALSE(fixture.webhooks->on_reply(fixture.hook, id, Fixture::reply(99)));
    CHECK(exchange.answers.empty());
    owner.reset();  // the client has gone
    CHECK(fixture.webhooks->on_reply(fixture.hook, id, Fixture::reply(200)));
    auto reading = fixture.take(exchange);
    CHECK_FALSE(fixture.webhooks->on_reply(fixture.hook, id + 1, Fixture::reply(200)));
}
