// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/changes.h"

#include <doctest/doctest.h>

#include <vector>

#include "ipc/limits.h"

using namespace gw;
using namespace gw::channels;

namespace {

struct Fixture {
    std::unique_ptr<loop::Loop> loop = std::move(*loop::Loop::create());
    Result<void> outcome;  // of handing a question to the worker
    std::vector<std::uint64_t> asked;
    std::vector<Result<Changed>> answers;
    Changes changes{*loop, [this](const Changes::WorkerId&, const proto::CoreToWorker& message) {
                        if (outcome) asked.push_back(message.id());
                        return outcome;
                    }};

    void ask(const std::string& account = "default") {
        changes.ask({"echo", account}, {},
                    [this](auto answer) { answers.push_back(std::move(answer)); });
    }
    bool answer(std::uint64_t call, const std::string& error, std::uint32_t retry_ms = 0) {
        proto::MessageChanged changed;
        changed.set_error(error);
        changed.set_retry_after_ms(retry_ms);
        return changes.on_changed({"echo", "default"}, call, changed);
    }
};

}  // namespace

TEST_CASE("changes: each is answered by its own answer, once") {
    Fixture f;
    f.ask();
    f.ask();
    REQUIRE(f.asked.size() == 2);
    CHECK(f.answer(f.asked[1], "too old", 3'600'000));
    REQUIRE(f.answers.size() == 1);
    CHECK(f.answers[0]->error == "too old");
    CHECK(f.answers[0]->retry_after == std::chrono::minutes(10));  // not believed beyond
    CHECK(f.answer(f.asked[0], ""));
    CHECK(f.answers[1]->error.empty());
    CHECK(f.answer(f.asked[0], "again"));  // late, and nobody's
    CHECK(f.answers.size() == 2);
}

TEST_CASE("changes: an answer to no question breaks the contract") {
    Fixture f;
    CHECK_FALSE(f.answer(1, ""));
    f.ask();
    CHECK_FALSE(f.answer(f.asked[0] + 1, ""));
    CHECK_FALSE(f.answer(0, ""));
    CHECK(f.answers.empty());
}

TEST_CASE("changes: a worker's end answers what it left open, and nobody else's") {
    Fixture f;
    f.ask();
    f.ask("second");
    f.changes.on_worker_gone({"echo", "default"});
    REQUIRE(f.answers.size() == 1);
    REQUIRE_FALSE(f.answers[0]);
    CHECK(f.answers[0].error().code == Errc::unavailable);
    CHECK_FALSE(f.answer(f.asked[0], ""));  // the next process was asked nothing
    f.changes.on_worker_gone({"echo", "second"});
    CHECK(f.answers.size() == 2);
}

TEST_CASE("changes: what cannot be asked is answered at once") {
    Fixture f;
    f.outcome = fail(Errc::unavailable, "not ready");
    f.ask();
    REQUIRE(f.answers.size() == 1);
    CHECK(f.answers[0].error().message == "not ready");
    f.outcome = {};
    for (std::size_t i = 0; i < ipc::kMaxChangeCalls; ++i)
        f.ask();
    CHECK(f.answers.size() == 1);
    f.ask();
    REQUIRE(f.answers.size() == 2);
    CHECK(f.answers[1].error().code == Errc::limit_exceeded);
}
