// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/worker_state.h"

#include <doctest/doctest.h>

#include <vector>

#include "gatewayd/channels/configure_facts.h"
#include "ipc/limits.h"
#include "store/database.h"
#include "tests/unit/gatewayd/store_fixture.h"

using namespace gw;
using namespace gw::channels;

namespace {

const WorkerState::Asker kFirst{{"irc", "default"}, 1};
const WorkerState::Asker kSecond{{"irc", "default"}, 2};

struct Fixture final : WorkerState::Events {
    tests::StoreFixture db;
    CommitOrder order;
    WorkerState state{db.store(), order, *this};
    std::vector<std::pair<std::uint64_t, proto::CoreToWorker>> answers;  // by generation
    std::vector<std::string> refusals;
    std::vector<std::string> failures;

    void on_state_answer(const WorkerState::Asker& asker,
                         const proto::CoreToWorker& answer) override {
        answers.emplace_back(asker.generation, answer);
    }
    void on_state_refused(const WorkerState::Asker&, const Error& error) override {
        refusals.push_back(error.message);
    }
    void on_state_failed(const WorkerState::Asker&, const Error& error) override {
        failures.push_back(error.message);
    }

    static proto::StatePut put_of(const std::string& key, const std::string& value) {
        proto::StatePut put;
        auto& entry = *put.add_entries();
        entry.set_key(key);
        entry.set_value(value);
        return put;
    }
    static proto::StateGet get_of(const std::string& prefix, std::uint32_t limit = 256) {
        proto::StateGet get;
        get.set_prefix(prefix);
        get.set_limit(limit);
        return get;
    }
    void put(const std::string& key, const std::string& value) {
        REQUIRE(state.put(kFirst, 1, put_of(key, value)));
        db.settle();
    }
    proto::StateValues get(const proto::StateGet& what) {
        REQUIRE(state.get(kFirst, 9, what));
        db.settle();
        REQUIRE(answers.back().second.has_state_values());
        return answers.back().second.state_values();
    }
};

}  // namespace

TEST_CASE("worker state: what is put is answered once it is kept, and found again") {
    Fixture f;
    REQUIRE(f.state.put(kFirst, 41, Fixture::put_of("k", std::string("\0\xff", 2))));
    CHECK(f.answers.empty());
    f.db.settle();
    REQUIRE(f.answers.size() == 1);
    CHECK(f.answers[0].second.id() == 41);
    CHECK(f.answers[0].second.has_state_stored());
    f.db.reopen();
    WorkerState again(f.db.store(), f.order, f);
    REQUIRE(again.get(kSecond, 42, Fixture::get_of("")));
    f.db.settle();
    REQUIRE(f.answers.size() == 2);
    CHECK(f.answers[1].first == 2);
    CHECK(f.answers[1].second.id() == 42);
    REQUIRE(f.answers[1].second.state_values().entries_size() == 1);
    CHECK(f.answers[1].second.state_values().entries(0).value() == std::string("\0\xff", 2));
}

TEST_CASE("worker state: what is said behind something that was not kept is not kept") {
    Fixture f;
    f.order.enter("irc", "other", KeptEvent{"lost"});
    f.put("k", "another account's order");
    f.order.enter("irc", "default", KeptSpan{1, 2});
    REQUIRE(f.state.put(kFirst, 2, Fixture::put_of("k", "new")));
    f.db.settle();
    CHECK(f.failures.size() == 1);
    CHECK(f.get(Fixture::get_of("")).entries(0).value() == "another account's order");
}

TEST_CASE("worker state: pages come in the order of keys, each behind the last one's end") {
    Fixture f;
    for (const char* key : {"a/2", "a/1", "a/3", "b/1"})
        f.put(key, key);
    auto what = Fixture::get_of("a/", 2);
    auto page = f.get(what);
    REQUIRE(page.entries_size() == 2);
    CHECK(page.entries(0).key() == "a/1");
    CHECK(page.entries(1).key() == "a/2");
    CHECK(page.has_more());
    what.set_after("a/2");
    page = f.get(what);
    REQUIRE(page.entries_size() == 1);
    CHECK(page.entries(0).key() == "a/3");
    CHECK_FALSE(page.has_more());
}

TEST_CASE("worker state: a page fits into a frame, whatever the values are") {
    Fixture f;
    for (int i = 0; i < 6; ++i)
        f.put(std::to_string(i), std::string(ipc::kMaxStateValueBytes, 'x'));
    const auto page = f.get(Fixture::get_of(""));
    CHECK(page.entries_size() == 3);
    CHECK(page.has_more());
    CHECK(f.answers.back().second.ByteSizeLong() < ipc::kMaxFrameBytes);
}

TEST_CASE("worker state: an empty value deletes, and frees what it took") {
    Fixture f;
    f.put("k", "v");
    f.put("k", "");
    f.put("never there", "");
    CHECK(f.get(Fixture::get_of("")).entries_size() == 0);
    f.db.write([](store::Database& base) -> Result<void> {
        TRY(store::Query query, base.query("SELECT bytes FROM worker_state_usage"));
        TRY_VOID(query.step());
        CHECK(query.integer(0) == 0);
        return {};
    });
}

TEST_CASE("worker state: what breaks the contract is refused at once") {
    Fixture f;
    CHECK_FALSE(f.state.put(kFirst, 1, {}));
    CHECK_FALSE(f.state.put(kFirst, 1, Fixture::put_of("", "v")));
    CHECK_FALSE(f.state.put(kFirst, 1, Fixture::put_of(std::string(257, 'k'), "v")));
    CHECK_FALSE(f.state.put(kFirst, 1,
                            Fixture::put_of("k", std::string(ipc::kMaxStateValueBytes + 1, 'v'))));
    auto twice = Fixture::put_of("k", "1");
    *twice.add_entries() = twice.entries(0);
    CHECK_FALSE(f.state.put(kFirst, 1, twice));
    proto::StatePut many;
    for (int i = 0; i < 65; ++i)
        many.add_entries()->set_key(std::to_string(i));
    CHECK_FALSE(f.state.put(kFirst, 1, many));
    CHECK_FALSE(f.state.get(kFirst, 1, Fixture::get_of("", 0)));
    CHECK_FALSE(f.state.get(kFirst, 1, Fixture::get_of("", 257)));
    CHECK_FALSE(f.state.get(kFirst, 1, Fixture::get_of(std::string(257, 'k'))));
}

TEST_CASE("worker state: too many calls at once are a breach of that process alone") {
    Fixture f;
    for (std::size_t i = 0; i < ipc::kMaxStateCalls; ++i)
        REQUIRE(f.state.get(kFirst, i, Fixture::get_of("")));
    CHECK(f.state.get(kFirst, 64, Fixture::get_of("")).error().code == Errc::limit_exceeded);
    CHECK(f.state.get(kSecond, 1, Fixture::get_of("")));
    f.db.settle();
    CHECK(f.answers.size() == ipc::kMaxStateCalls + 1);
    CHECK(f.state.get(kFirst, 65, Fixture::get_of("")));
    f.db.settle();
}

TEST_CASE("worker state: over the quota nothing of a put is kept") {
    Fixture f;
    f.put("small", "v");
    f.db.write([](store::Database& base) {
        return base.execute("UPDATE worker_state_usage SET bytes = 33554431");
    });
    auto put = Fixture::put_of("small", "");
    auto& entry = *put.add_entries();
    entry.set_key("big");
    entry.set_value("0123456789");
    REQUIRE(f.state.put(kFirst, 2, put));
    f.db.settle();
    CHECK(f.refusals == std::vector<std::string>{"too much state"});
    const auto page = f.get(Fixture::get_of(""));
    REQUIRE(page.entries_size() == 1);
    CHECK(page.entries(0).key() == "small");
}

TEST_CASE("worker state: what the store cannot keep is told as our failure") {
    Fixture f;
    f.db.write([](store::Database& base) { return base.execute("DROP TABLE worker_state_usage"); });
    REQUIRE(f.state.put(kFirst, 1, Fixture::put_of("k", "v")));
    f.db.settle();
    CHECK(f.refusals.empty());
    CHECK(f.failures.size() == 1);
}

TEST_CASE("worker state: a generation reads what its predecessor still had in the queue") {
    Fixture f;
    // The old process's last words wait behind a slow commit when the new one says Hello.
    for (int i = 0; i < 200; ++i) {
        f.db.store().write<void>([](store::Database&) -> Result<void> { return {}; }, {});
        if (i % 4 != 0) continue;
        REQUIRE(f.state.put(kFirst, 1, Fixture::put_of(std::to_string(i), "v")));
    }
    f.db.store().write<ConfigureFacts>(
        [](store::Database& base) { return read_configure_facts(base, "irc", "default"); },
        [&f](const Result<ConfigureFacts>& facts) {
            REQUIRE(facts);
            REQUIRE(f.state.get(kSecond, 2, Fixture::get_of("")));
        });
    f.db.settle();
    REQUIRE(f.answers.back().first == 2);
    CHECK(f.answers.back().second.state_values().entries_size() == 50);
}
