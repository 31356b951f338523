// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <doctest/doctest.h>

#include "store/database.h"
#include "store/deliveries.h"
#include "store/idempotency.h"
#include "store/inbound.h"
#include "store/meta.h"
#include "store/migrations/migrate.h"
#include "store/retention.h"
#include "store/sessions.h"
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
};

Delivery delivery(const std::string& id) {
    Delivery made;
    made.id = id;
    made.channel = "irc";
    made.account = "default";
    made.to = "ann";
    made.text = "hi \xf0\x9f\x91\x8b";
    made.created_ms = 5;
    return made;
}

Inbound message(const std::string& event) {
    Inbound made;
    made.channel = "irc";
    made.account = "default";
    made.event_id = event;
    made.peer = "ann";
    made.chat_type = "direct";
    made.text = "hello";
    return made;
}

}  // namespace

TEST_CASE("meta: a fact is found as it was last put") {
    Fixture f;
    CHECK_FALSE(*find_meta(*f.db, "k"));
    REQUIRE(put_meta(*f.db, "k", "1"));
    REQUIRE(put_meta(*f.db, "k", ""));
    CHECK(*find_meta(*f.db, "k") == "");
}

TEST_CASE("idempotency: a key belongs to whom claims it first, and keeps the answer") {
    Fixture f;
    IdempotencyRecord record;
    record.key = "send:a";
    record.reference = "d1";
    record.created_ms = 7;
    CHECK(claim_key(*f.db, record)->is_new);
    IdempotencyRecord other = record;
    other.reference = "d2";
    const auto second = claim_key(*f.db, other);
    REQUIRE(second);
    CHECK_FALSE(second->is_new);
    CHECK(second->record.reference == "d1");
    record.ok = true;
    record.payload = R"({"x":1})";
    REQUIRE(complete_key(*f.db, record));
    record.state = IdempotencyRecord::State::done;
    CHECK(*find_key(*f.db, "send:a") == record);
    record.key = "send:unknown";
    CHECK_FALSE(complete_key(*f.db, record));
}

TEST_CASE("retention: what is finished and old goes in batches, what is unfinished stays") {
    Fixture f;
    const std::int64_t now = std::chrono::milliseconds(kKeepMessages).count() + 10;
    for (int i = 0; i < 4; ++i) {
        IdempotencyRecord record;
        record.key = std::to_string(i);
        record.created_ms = i == 3 ? now : 1;
        REQUIRE(claim_key(*f.db, record));
        if (i != 0) REQUIRE(complete_key(*f.db, record));

        Delivery sent = delivery("d" + std::to_string(i));
        sent.created_ms = record.created_ms;
        REQUIRE(insert_delivery(*f.db, sent));
        if (i != 0) REQUIRE(mark_attempting(*f.db, sent.id, 1, 1, 1));
        if (i != 0) REQUIRE(finish_delivery(*f.db, sent.id, DeliveryState::sent, "m", "", 2));

        Inbound heard = message("e" + std::to_string(i));
        heard.received_ms = record.created_ms;
        const auto row = *insert_inbound(*f.db, heard);
        REQUIRE(mark_routed(*f.db, row, "k"));
        if (i != 0) REQUIRE(mark_done(*f.db, row));
    }
    CHECK(*forget_expired(*f.db, now, 1) == 3);
    CHECK(*forget_expired(*f.db, now, 100) == 3);
    CHECK(*forget_expired(*f.db, now, 100) == 0);
    CHECK(*find_key(*f.db, "0"));
    CHECK_FALSE(*find_key(*f.db, "1"));
    CHECK_FALSE(*find_key(*f.db, "2"));
    CHECK(*find_key(*f.db, "3"));
    CHECK(*find_delivery(*f.db, "d0"));
    CHECK_FALSE(*find_delivery(*f.db, "d1"));
    CHECK(*find_delivery(*f.db, "d3"));
    CHECK(unfinished_inbound(*f.db)->size() == 1);
}

TEST_CASE("deliveries: what is inserted is found again, unfinished ones in order") {
    Fixture f;
    for (const char* id : {"b", "a", "c"})
        REQUIRE(insert_delivery(*f.db, delivery(id)));
    CHECK(*find_delivery(*f.db, "a") == delivery("a"));
    CHECK_FALSE(*find_delivery(*f.db, "z"));
    REQUIRE(finish_delivery(*f.db, "b", DeliveryState::sent, "m", "", 9));
    const auto rows = unfinished_deliveries(*f.db);
    REQUIRE(rows->size() == 2);
    CHECK((*rows)[0].id == "a");
    CHECK((*rows)[1].id == "c");
}

TEST_CASE("deliveries: states follow each other as documented, and no other way") {
    Fixture f;
    REQUIRE(insert_delivery(*f.db, delivery("d")));
    CHECK_FALSE(requeue_delivery(*f.db, "nobody", 0, 1));
    REQUIRE(mark_attempting(*f.db, "d", 1, 1, 1));
    REQUIRE(requeue_delivery(*f.db, "d", 1, 2));
    REQUIRE(mark_attempting(*f.db, "d", 2, 1, 3));
    REQUIRE(finish_delivery(*f.db, "d", DeliveryState::uncertain, "", "lost", 4));
    CHECK_FALSE(finish_delivery(*f.db, "d", DeliveryState::sent, "m", "", 5));
    CHECK_FALSE(mark_attempting(*f.db, "d", 3, 1, 6));
    const auto row = *find_delivery(*f.db, "d");
    CHECK(row->state == DeliveryState::uncertain);
    CHECK(row->attempt == 2);
    CHECK(row->error == "lost");
    CHECK(row->updated_ms == 4);
}

TEST_CASE("deliveries: an id is used once") {
    Fixture f;
    REQUIRE(insert_delivery(*f.db, delivery("d")));
    const auto again = insert_delivery(*f.db, delivery("d"));
    REQUIRE_FALSE(again);
    CHECK(again.error().code == Errc::already_exists);
}

TEST_CASE("inbound: an event is found by its account and id, with its state") {
    Fixture f;
    Inbound heard = message("e1");
    heard.provider_message_id = "m1";
    heard.thread = "t1";
    const auto id = insert_inbound(*f.db, heard);
    REQUIRE(id);
    CHECK_FALSE(insert_inbound(*f.db, message("e1")));
    const auto known = *find_inbound(*f.db, "irc", "default", "e1");
    REQUIRE(known);
    CHECK(known->id == *id);
    CHECK(known->state == InboundState::accepted);
    CHECK_FALSE(*find_inbound(*f.db, "irc", "other", "e1"));
    heard.id = *id;
    CHECK(*unfinished_inbound(*f.db) == std::vector<Inbound>{heard});
}

TEST_CASE("cursors: an account resumes where it was put last") {
    Fixture f;
    CHECK_FALSE(*find_cursor(*f.db, "irc", "default"));
    REQUIRE(put_cursor(*f.db, "irc", "default", "c1"));
    REQUIRE(put_cursor(*f.db, "irc", "default", "c2"));
    CHECK(*find_cursor(*f.db, "irc", "default") == "c2");
    CHECK_FALSE(*find_cursor(*f.db, "irc", "other"));
}

TEST_CASE("inbound: accepted, routed, done; the unfinished are found in order") {
    Fixture f;
    const auto one = *insert_inbound(*f.db, message("1"));
    const auto two = *insert_inbound(*f.db, message("2"));
    REQUIRE(mark_routed(*f.db, one, "agent:main:main"));
    CHECK_FALSE(mark_routed(*f.db, one, "again"));
    auto rows = *unfinished_inbound(*f.db);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].session_key == "agent:main:main");
    CHECK(rows[0].state == InboundState::routed);
    REQUIRE(mark_done(*f.db, one));
    CHECK_FALSE(mark_done(*f.db, one));
    rows = *unfinished_inbound(*f.db);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].id == two);
}

TEST_CASE("sessions: touching refreshes what is given and keeps the rest") {
    Fixture f;
    Session session{"k", "id1", "direct", "irc", "Ann", "irc", "default", "ann", 1, 1};
    CHECK(*touch_session(*f.db, session) == session);
    Session later;
    later.key = "k";
    later.session_id = "id2";
    later.last_to = "bob";
    later.updated_ms = 9;
    const auto touched = touch_session(*f.db, later);
    REQUIRE(touched);
    CHECK(touched->session_id == "id1");
    CHECK(touched->display_name == "Ann");
    CHECK(touched->last_to == "bob");
    CHECK(touched->updated_ms == 9);
    CHECK(*count_sessions(*f.db) == 1);
}

TEST_CASE("sessions: the newest come first, and only those used lately") {
    Fixture f;
    for (int i = 1; i <= 3; ++i) {
        Session session;
        session.key = std::to_string(i);
        session.session_id = "s";
        session.updated_ms = i;
        REQUIRE(touch_session(*f.db, session));
    }
    const auto all = *list_sessions(*f.db, 0, 0);
    REQUIRE(all.size() == 3);
    CHECK(all[0].key == "3");
    CHECK(list_sessions(*f.db, 2, 0)->size() == 2);
    CHECK(list_sessions(*f.db, 0, 1)->size() == 1);
}

TEST_CASE("transcript: the newest entries, oldest first, of one session only") {
    Fixture f;
    for (int i = 1; i <= 5; ++i) {
        REQUIRE(append_transcript(*f.db, {0, "k", std::to_string(i), i}));
        REQUIRE(append_transcript(*f.db, {0, "other", "x", i}));
    }
    const auto last = *list_transcript(*f.db, "k", 2);
    REQUIRE(last.size() == 2);
    CHECK(last[0].message == "4");
    CHECK(last[1].message == "5");
    CHECK(last[0].id < last[1].id);
}

TEST_CASE("migrations: a database of a newer gatewayd is refused with what to do") {
    Fixture f;
    REQUIRE(f.db->execute("PRAGMA user_version = 99"));
    const auto refused = migrate(*f.db);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::corrupt);
    CHECK(refused.error().message.find("newer gatewayd") != std::string::npos);
}

TEST_CASE("database: a transaction that is not committed leaves nothing") {
    Fixture f;
    {
        const auto transaction = Transaction::begin(*f.db);
        REQUIRE(transaction);
        REQUIRE(put_meta(*f.db, "k", "v"));
    }
    CHECK_FALSE(*find_meta(*f.db, "k"));
}
