// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/access/pairing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <set>

#include "gatewayd/access/pairing_code.h"
#include "store/database.h"
#include "tests/unit/gatewayd/store_fixture.h"

using namespace gw;
using namespace gw::access;

namespace {

struct Fixture final : Pairing::Events {
    tests::StoreFixture db;
    delivery::Outbox outbox{db.loop(), db.clock, db.store()};
    std::optional<Pairing> pairing;
    std::vector<std::string> told;

    Fixture() {
        db.clock.advance(std::chrono::hours(1));
        open();
    }
    void open() {
        pairing.emplace(db.loop(), db.clock, db.store(), outbox);
        pairing->set_events(*this);
        bool is_loaded = false;
        pairing->load([&] { is_loaded = true; });
        db.settle();
        REQUIRE(is_loaded);
    }
    void on_pairing_requested(const store::PairingRequest& request) override {
        told.push_back("requested " + request.sender_id);
    }
    void on_pairing_resolved(const std::string&, const std::string&, const std::string& sender,
                             Pairing::Decision decision, std::int64_t) override {
        told.push_back((decision == Pairing::Decision::approved ? "approved " : "rejected ") +
                       sender);
    }

    // What the inbox does for a stranger's message.
    std::optional<Asked> ask(const std::string& sender, const std::string& account = "default",
                             bool is_mutable = false) {
        store::PairingRequest wanted;
        wanted.channel = "echo";
        wanted.account = account;
        wanted.sender_id = sender;
        wanted.peer = sender;
        wanted.is_mutable = is_mutable;
        wanted.created_ms = db.clock.wall_ms();
        std::optional<Asked> asked;
        db.write([&](store::Database& base) -> Result<void> {
            TRY(asked, access::ask(base, wanted));
            return {};
        });
        if (asked) pairing->on_asked(*asked);
        return asked;
    }
    Result<store::AllowedSender> approve(const std::string& code) {
        Result<store::AllowedSender> outcome = fail(Errc::timed_out, "no answer");
        pairing->approve("echo", code, [&](auto sender) { outcome = std::move(sender); });
        db.settle();
        return outcome;
    }
    std::vector<store::PairingRequest> list() {
        std::vector<store::PairingRequest> rows;
        pairing->list("echo", [&](auto found) {
            REQUIRE(found);
            rows = *found;
        });
        db.settle();
        return rows;
    }
    bool is_allowed(const std::string& sender, bool is_mutable = false) {
        return pairing->is_allowed("echo", "default", sender, is_mutable);
    }
    std::vector<std::string> texts() {
        const auto rows = db.read<std::vector<store::Delivery>>(
            [](store::Database& base) { return store::unfinished_deliveries(base); });
        std::vector<std::string> texts;
        for (const store::Delivery& row : rows)
            texts.push_back(row.to + ": " + row.text);
        return texts;
    }
};

}  // namespace

TEST_CASE("pairing: codes are eight characters of the alphabet, and all different") {
    std::set<std::string> codes;
    std::set<char> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string code = new_code();
        CHECK(code.size() == kCodeChars);
        CHECK(code.find_first_not_of(kCodeAlphabet) == std::string::npos);
        seen.insert(code.begin(), code.end());
        codes.insert(code);
    }
    CHECK(codes.size() == 1000);
    CHECK(seen.size() == kCodeAlphabet.size());
}

TEST_CASE("pairing: a stranger is told a code once, however often they write") {
    Fixture f;
    const auto asked = f.ask("ann");
    REQUIRE(asked);
    CHECK(asked->reply.text.find("gatewayctl pairing approve echo " + asked->request.code) !=
          std::string::npos);
    CHECK(asked->reply.text.find("echo id: ann") != std::string::npos);
    f.db.clock.advance(std::chrono::minutes(5));
    CHECK_FALSE(f.ask("ann"));
    const auto pending = f.list();
    REQUIRE(pending.size() == 1);
    CHECK(pending[0].last_seen_ms == pending[0].created_ms + 300'000);
    CHECK(f.texts().size() == 1);
    CHECK(f.told == std::vector<std::string>{"requested ann"});
}

TEST_CASE("pairing: one person in another case is the same person, also after a restart") {
    Fixture f;
    const auto asked = f.ask("Ann!~a@host");
    REQUIRE(asked);
    CHECK_FALSE(f.ask("ann!~a@host"));
    CHECK(f.list().size() == 1);
    f.pairing->approve("echo", asked->request.code, [](const auto&) {});
    f.db.settle();
    CHECK_FALSE(f.ask("ANN!~a@host"));  // admitted: nothing to ask for
    bool is_removed = false;
    f.pairing->remove("echo", "default", "ann!~A@host",
                      [&](const auto& removed) { is_removed = removed.has_value(); });
    f.db.settle();
    CHECK(is_removed);
    CHECK_FALSE(f.is_allowed("Ann!~a@host"));
    f.open();
    CHECK_FALSE(f.is_allowed("Ann!~a@host"));
}

TEST_CASE("pairing: a fourth stranger of an account gets nothing, another account's does") {
    Fixture f;
    for (const char* sender : {"a", "b", "c"})
        CHECK(f.ask(sender));
    CHECK_FALSE(f.ask("d"));
    CHECK(f.ask("d", "second"));
    f.db.clock.advance(kPairingLife);
    CHECK(f.ask("d"));  // the others' hour is over
    CHECK(f.list().size() == 1);
}

TEST_CASE("pairing: an approval admits, tells the sender, and is good once") {
    Fixture f;
    const std::string code = f.ask("Ann")->request.code;
    CHECK_FALSE(f.is_allowed("ann"));
    std::string typed = " ";
    for (const char c : code)
        typed += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    // Two at the same time: one of them wins.
    int admitted = 0;
    int refused = 0;
    for (int i = 0; i < 2; ++i) {
        f.pairing->approve("echo", typed,
                           [&](const auto& sender) { ++(sender ? admitted : refused); });
    }
    f.db.settle();
    CHECK(admitted == 1);
    CHECK(refused == 1);
    CHECK(f.is_allowed("ann"));
    CHECK_FALSE(f.is_allowed("ann", true));  // a nick of the same name is somebody else
    CHECK_FALSE(f.pairing->is_allowed("echo", "second", "ann", false));
    CHECK(f.list().empty());
    const auto texts = f.texts();  // of one moment, so in any order
    REQUIRE(texts.size() == 2);
    CHECK(std::count(texts.begin(), texts.end(),
                     "Ann: Access approved. Send a message to start chatting.") == 1);
    CHECK(f.told == std::vector<std::string>{"requested Ann", "approved Ann"});
    f.open();  // the next process knows
    CHECK(f.is_allowed("ann"));
}

TEST_CASE("pairing: an expired or unknown code is refused, and says what to do") {
    Fixture f;
    const std::string code = f.ask("ann")->request.code;
    f.db.clock.advance(kPairingLife);
    const auto late = f.approve(code);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == Errc::not_found);
    CHECK(late.error().message.find("may have expired") != std::string::npos);
    CHECK_FALSE(f.is_allowed("ann"));
    CHECK(f.list().empty());
    CHECK(f.ask("ann"));  // writing again makes a new one
}

TEST_CASE("pairing: who is rejected stays a stranger and may ask again") {
    Fixture f;
    const std::string code = f.ask("ann")->request.code;
    std::optional<store::PairingRequest> gone;
    f.pairing->reject("echo", code, [&](const auto& rejected) {
        REQUIRE(rejected);
        gone = *rejected;
    });
    f.db.settle();
    REQUIRE(gone);
    CHECK(gone->sender_id == "ann");
    CHECK_FALSE(f.is_allowed("ann"));
    CHECK_FALSE(f.approve(code));
    CHECK(f.ask("ann"));
}

TEST_CASE("pairing: everybody cannot be paired") {
    Fixture f;
    const std::string code = f.ask("*")->request.code;
    CHECK_FALSE(f.approve(code));
    CHECK_FALSE(f.is_allowed("*"));
    CHECK_FALSE(f.is_allowed("ann"));
}

TEST_CASE("pairing: an id that can be taken over is admitted as such") {
    Fixture f;
    const auto sender = f.approve(f.ask("ann!~a@host", "default", true)->request.code);
    REQUIRE(sender);
    CHECK(sender->is_mutable);
    CHECK(f.is_allowed("ann!~a@host", true));
}

TEST_CASE("pairing: who is removed is a stranger again, now and after a restart") {
    Fixture f;
    REQUIRE(f.approve(f.ask("ann")->request.code));
    bool is_removed = false;
    f.pairing->remove("echo", "default", "ann",
                      [&](const auto& removed) { is_removed = removed.has_value(); });
    f.db.settle();
    CHECK(is_removed);
    CHECK_FALSE(f.is_allowed("ann"));
    f.open();
    CHECK_FALSE(f.is_allowed("ann"));
    f.pairing->remove("echo", "default", "ann",
                      [&](const auto& removed) { is_removed = removed.has_value(); });
    f.db.settle();
    CHECK_FALSE(is_removed);
}
