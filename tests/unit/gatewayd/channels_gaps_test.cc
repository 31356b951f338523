// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/gaps.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "store/database.h"
#include "store/sessions.h"
#include "tests/unit/gatewayd/store_fixture.h"

using namespace gw;
using namespace gw::channels;

namespace {

const supervisor::WorkerId kId{"irc", "default"};

struct Fixture {
    tests::StoreFixture db;
    CommitOrder order;
    std::vector<KeptGap> told;
    std::vector<Error> refused;
    std::optional<Gaps> gaps;

    Fixture() { open(); }
    void open() {
        gaps.emplace(db.clock, db.store(), order,
                     [this](const KeptGap& kept) { told.push_back(kept); });
    }
    // Ends count back from now.
    proto::GapNoticed between(std::int64_t from_ago_ms, std::int64_t to_ago_ms) const {
        proto::GapNoticed notice;
        notice.set_from_ms(db.clock.wall_ms() - from_ago_ms);
        notice.set_to_ms(db.clock.wall_ms() - to_ago_ms);
        notice.set_reason("netsplit");
        return notice;
    }
    Result<void> say(const supervisor::WorkerId& id, const proto::GapNoticed& notice) {
        return gaps->notice(id, notice, [this](const Error& why) { refused.push_back(why); });
    }
    Result<void> notice(std::int64_t from_ago_ms, std::int64_t to_ago_ms) {
        const auto taken = say(kId, between(from_ago_ms, to_ago_ms));
        db.settle();
        return taken;
    }
    void hold_session(const std::string& key, const std::string& account, std::int64_t updated_ms) {
        db.write([&](store::Database& base) -> Result<void> {
            store::Session session;
            session.key = key;
            session.session_id = key;
            session.last_channel = "irc";
            session.last_account = account;
            session.updated_ms = updated_ms;
            TRY_VOID(store::touch_session(base, session));
            return {};
        });
    }
    std::vector<store::TranscriptEntry> lines(const std::string& key) {
        return db.read<std::vector<store::TranscriptEntry>>(
            [key](store::Database& base) { return store::list_transcript(base, key, 100); });
    }
};

}  // namespace

TEST_CASE("gaps: a gap is a line in every session that was active on the account") {
    Fixture f;
    const std::int64_t now = f.db.clock.wall_ms();  // 2023-11-14 22:13:20 UTC
    f.hold_session("here", "default", now - 1000);
    f.hold_session("elsewhere", "other", now - 1000);
    f.hold_session("long ago", "default", now - 40LL * 86'400'000);
    REQUIRE(f.notice(180'000, 0));
    REQUIRE(f.lines("here").size() == 1);
    CHECK(f.lines("here")[0].message.find(
              "[gap: messages between 2023-11-14 22:10:20 and 22:13:20 UTC may be missing: "
              "netsplit]") != std::string::npos);
    CHECK(f.lines("elsewhere").empty());
    CHECK(f.lines("long ago").empty());
    REQUIRE(f.told.size() == 1);
    CHECK(f.told[0].sessions == 1);
    REQUIRE(f.gaps->find_last(kId));
    CHECK(f.gaps->find_last(kId)->to_ms == now);
    CHECK_FALSE(f.gaps->find_last({"irc", "other"}));
}

TEST_CASE("gaps: overlapping notices are one gap, and one within it is no news") {
    Fixture f;
    f.hold_session("here", "default", f.db.clock.wall_ms());
    REQUIRE(f.notice(1000, 500));
    REQUIRE(f.notice(900, 600));
    CHECK(f.told.size() == 1);
    REQUIRE(f.notice(700, 100));
    REQUIRE(f.told.size() == 2);
    CHECK(f.told[1].gap.from_ms == f.db.clock.wall_ms() - 1000);
    CHECK(f.told[1].gap.to_ms == f.db.clock.wall_ms() - 100);
    CHECK(f.lines("here").size() == 2);
}

TEST_CASE("gaps: a session shared by channels is told of the one it was heard on among others") {
    Fixture f;
    f.hold_session("shared", "other", f.db.clock.wall_ms());
    f.db.write([](store::Database& base) -> Result<void> {
        store::Inbound heard;
        heard.channel = "irc";
        heard.account = "default";
        heard.event_id = "1";
        heard.session_key = "shared";
        TRY_VOID(store::insert_inbound(base, heard));
        return {};
    });
    REQUIRE(f.notice(1000, 0));
    CHECK(f.lines("shared").size() == 1);
}

TEST_CASE("gaps: what cannot be is refused, a long reason is cut") {
    Fixture f;
    proto::GapNoticed before_time;
    before_time.set_from_ms(-1);
    CHECK_FALSE(f.say(kId, before_time));
    auto talkative = f.between(10, 0);
    talkative.set_reason(std::string(2000, 'x'));
    CHECK(gap_of(kId, talkative, f.db.clock.wall_ms())->reason.size() == 1024);
}

TEST_CASE("gaps: a clock that was set back since the worker last heard costs no gap") {
    Fixture f;
    const std::int64_t now_ms = f.db.clock.wall_ms();
    proto::GapNoticed notice;
    notice.set_from_ms(now_ms + 3'600'000);  // by the clock as it was
    notice.set_to_ms(now_ms - 10);
    const auto gap = gap_of(kId, notice, now_ms);
    REQUIRE(gap);
    CHECK(gap->from_ms == now_ms - 10);
    CHECK(gap->to_ms == now_ms);
}

TEST_CASE("gaps: more within a minute than any network is lost is a breach, per account") {
    Fixture f;
    for (int i = 0; i < Gaps::kMaxPerMinute; ++i)
        REQUIRE(f.say(kId, f.between(10, 0)));
    CHECK(f.say(kId, f.between(10, 0)).error().code == Errc::limit_exceeded);
    CHECK(f.say({"irc", "other"}, f.between(10, 0)));
    f.db.clock.advance(std::chrono::minutes(1));
    CHECK(f.say(kId, f.between(10, 0)));
    f.db.settle();
}

TEST_CASE("gaps: one that the store refuses takes what was said behind it along") {
    Fixture f;
    f.db.write([](store::Database& base) {
        return base.execute(
            "CREATE TRIGGER full BEFORE INSERT ON gaps BEGIN"
            " SELECT raise(ABORT, 'full'); END");
    });
    REQUIRE(f.say(kId, f.between(1000, 500)));
    CHECK(f.order.last("irc", "default") != Predecessor());
    CHECK(f.order.last("irc", "other") == Predecessor());
    const Predecessor behind = f.order.last("irc", "default");
    f.db.settle();
    CHECK(f.refused.size() == 1);
    CHECK(f.told.empty());
    CHECK(f.order.last("irc", "default") == Predecessor());
    f.db.write([](store::Database& base) { return base.execute("DROP TRIGGER full"); });
    const auto is_there = [&] {
        return f.db.read<bool>([behind](store::Database& base) -> Result<bool> {
            return check_predecessor(base, "irc", "default", behind).has_value();
        });
    };
    CHECK_FALSE(is_there());
    REQUIRE(f.notice(1200, 400));  // it is said again, and is longer now
    CHECK(f.told.size() == 1);
    CHECK(is_there());
}

TEST_CASE("gaps: the last one of each account is known after a restart") {
    Fixture f;
    REQUIRE(f.notice(1000, 900));
    REQUIRE(f.notice(500, 400));
    const auto last = f.gaps->find_last(kId);
    f.gaps.reset();
    f.db.reopen();
    f.open();
    CHECK_FALSE(f.gaps->find_last(kId));
    f.gaps->load();
    f.db.settle();
    CHECK(f.gaps->find_last(kId) == last);
}
