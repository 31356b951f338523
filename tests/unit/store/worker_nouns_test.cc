// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// What is kept of workers and for them: gaps, crashes, quarantine, state.

#include <doctest/doctest.h>

#include "store/database.h"
#include "store/event_crashes.h"
#include "store/gaps.h"
#include "store/migrations/migrate.h"
#include "store/quarantine.h"
#include "store/retention.h"
#include "store/worker_state.h"
#include "tests/support/temp_dir.h"

using namespace gw;
using namespace gw::store;

namespace {

struct Fixture {
    test::TempDir directory;
    std::unique_ptr<Database> db;

    Fixture() {
        auto opened = Database::open(directory.file("t.db"), Database::Mode::read_write);
        REQUIRE_MESSAGE(opened, opened.error().message);
        db = std::move(*opened);
        REQUIRE(migrate(*db));
    }
    Result<std::int64_t> crash(const std::string& event, char digest, std::int64_t now_ms = 1) {
        return count_crash(*db,
                           {"irc", "default", event, base::Bytes(32, std::byte(digest)), now_ms});
    }
    std::vector<std::string> crashed(int min_crashes, int limit = 10) {
        return *list_crashed(*db, "irc", "default", min_crashes, limit);
    }
};

Gap gap(std::int64_t from_ms, std::int64_t to_ms) {
    return {.id = 0,
            .channel = "irc",
            .account = "default",
            .from_ms = from_ms,
            .to_ms = to_ms,
            .reason = "why",
            .noticed_ms = 99};
}

Quarantined quarantined(const std::string& event) {
    return {.id = 0,
            .channel = "irc",
            .account = "default",
            .event_id = event,
            .raw = base::Bytes(3, std::byte{0}),
            .created_ms = 7};
}

}  // namespace

TEST_CASE("gaps: those that overlap are joined, the others stay apart") {
    Fixture f;
    REQUIRE(*record_gap(*f.db, gap(10, 20)));
    REQUIRE(*record_gap(*f.db, gap(30, 40)));
    Gap other = gap(10, 20);
    other.account = "other";
    REQUIRE(*record_gap(*f.db, other));
    CHECK(latest_gaps(*f.db)->size() == 2);
    CHECK_FALSE(*record_gap(*f.db, gap(31, 40)));
    const auto joined = *record_gap(*f.db, gap(20, 30));
    REQUIRE(joined);
    CHECK(joined->from_ms == 10);
    CHECK(joined->to_ms == 40);
    CHECK_FALSE(*record_gap(*f.db, gap(10, 40)));
    REQUIRE(latest_gaps(*f.db)->size() == 2);
    CHECK((*latest_gaps(*f.db))[1] == *joined);
}

TEST_CASE("gaps: the newest of an account are kept") {
    Fixture f;
    auto transaction = Transaction::begin(*f.db);
    for (int i = 0; i < kKeepGaps + 1; ++i)
        REQUIRE(*record_gap(*f.db, gap(i * 10, i * 10 + 5)));
    CHECK(*record_gap(*f.db, gap(1, 2)));          // the first was forgotten
    CHECK_FALSE(*record_gap(*f.db, gap(21, 22)));  // the third was not
}

TEST_CASE("event crashes: the same bytes count up, other bytes begin anew") {
    Fixture f;
    CHECK(*f.crash("1", 'a') == 1);
    CHECK(*f.crash("1", 'a') == 2);
    CHECK(*f.crash("1", 'b') == 1);
    CHECK(*f.crash("1", 'b', 5) == 2);
    CHECK(*f.crash("2", 'b', 9) == 1);
    CHECK(f.crashed(2) == std::vector<std::string>{"1"});
    CHECK(f.crashed(1) == std::vector<std::string>{"2", "1"});
    CHECK(f.crashed(1, 1) == std::vector<std::string>{"2"});
    CHECK(list_crashed(*f.db, "irc", "other", 1, 10)->empty());
    REQUIRE(forget_crashes(*f.db, "irc", "default", "2"));
    REQUIRE(forget_crashes(*f.db, "irc", "default", "never there"));
    CHECK(f.crashed(1) == std::vector<std::string>{"1"});
}

TEST_CASE("event crashes: a month after the last one they are forgotten") {
    Fixture f;
    const std::int64_t month = std::chrono::milliseconds(kKeepCrashes).count();
    REQUIRE(f.crash("old", 'a', 10));
    REQUIRE(f.crash("new", 'a', 11));
    CHECK(*forget_expired(*f.db, month + 11, 100) == 1);
    CHECK(f.crashed(1) == std::vector<std::string>{"new"});
}

TEST_CASE("quarantine: an event is kept once, listed by size and dropped by number") {
    Fixture f;
    const auto id = *put_quarantine(*f.db, quarantined("1"));
    REQUIRE(id);
    CHECK_FALSE(*put_quarantine(*f.db, quarantined("1")));
    REQUIRE(*put_quarantine(*f.db, quarantined("2")));
    const auto listed = *list_quarantine(*f.db, 10);
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].event_id == "2");
    CHECK(listed[1] == QuarantinedSummary{*id, "irc", "default", "1", 3, 7});
    CHECK(list_quarantine(*f.db, 1)->size() == 1);
    CHECK(*list_quarantined_ids(*f.db, "irc", "default", 10) == std::vector<std::string>{"2", "1"});
    CHECK(list_quarantined_ids(*f.db, "irc", "other", 10)->empty());
    Quarantined expected = quarantined("1");
    expected.id = *id;
    CHECK(*find_quarantined(*f.db, *id) == expected);
    CHECK(*is_quarantined(*f.db, "irc", "default", "1"));
    CHECK(*drop_quarantined(*f.db, *id));
    CHECK_FALSE(*drop_quarantined(*f.db, *id));
    CHECK_FALSE(*find_quarantined(*f.db, *id));
    CHECK_FALSE(*is_quarantined(*f.db, "irc", "default", "1"));
}

TEST_CASE("quarantine: the newest of an account are kept") {
    Fixture f;
    auto transaction = Transaction::begin(*f.db);
    for (int i = 0; i < kKeepQuarantined + 1; ++i)
        REQUIRE(*put_quarantine(*f.db, quarantined(std::to_string(i))));
    CHECK_FALSE(*is_quarantined(*f.db, "irc", "default", "0"));
    CHECK(*is_quarantined(*f.db, "irc", "default", "1"));
}

TEST_CASE("worker state: accounts do not see each other, and are counted apart") {
    Fixture f;
    const std::vector<StateEntry> entries{{"key", base::Bytes(7)}};
    CHECK(*put_state(*f.db, "irc", "a", entries, 10));
    CHECK(*put_state(*f.db, "irc", "b", entries, 10));
    CHECK(*put_state(*f.db, "irc", "a", entries, 10));  // replaces: no more bytes than before
    CHECK_FALSE(*put_state(*f.db, "irc", "a", {{"k", base::Bytes(1)}}, 10));
    const auto page = list_state(*f.db, {.channel = "irc",
                                         .account = "a",
                                         .prefix = {},
                                         .after = {},
                                         .max_entries = 10,
                                         .max_bytes = 100});
    CHECK(page->entries == entries);
    CHECK_FALSE(page->has_more);
}
