// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/delivery/lanes.h"

#include <doctest/doctest.h>

#include "gatewayd/delivery/retry.h"

using namespace gw;
using namespace gw::delivery;
using namespace std::chrono_literals;

namespace {

const LaneKey kAlice{"irc", "default", "alice"};
const LaneKey kBob{"irc", "default", "bob"};
const LaneKey kOther{"irc", "other", "alice"};

std::string take(Lanes& lanes, base::SteadyTime now = {}, const std::string& account = "default") {
    return lanes.take("irc", account, now).value_or("");
}

}  // namespace

TEST_CASE("lanes: one at a time in a lane, in order; lanes side by side") {
    Lanes lanes;
    lanes.add(kAlice, "a1");
    lanes.add(kAlice, "a2");
    lanes.add(kBob, "b1");
    CHECK(take(lanes) == "a1");
    CHECK(take(lanes) == "b1");
    CHECK(take(lanes).empty());
    lanes.remove(kAlice, "a1");
    CHECK(take(lanes) == "a2");
    CHECK(take(lanes).empty());
}

TEST_CASE("lanes: the head of a lane is its oldest, under way or not") {
    Lanes lanes;
    CHECK(lanes.heads("irc", "default").empty());
    lanes.add(kAlice, "a1");
    lanes.add(kAlice, "a2");
    lanes.add(kOther, "o1");
    CHECK(lanes.heads("irc", "default") == std::vector<std::string>{"a1"});
    REQUIRE(take(lanes) == "a1");
    CHECK(lanes.heads("irc", "default") == std::vector<std::string>{"a1"});
    lanes.remove(kAlice, "a1");
    CHECK(lanes.heads("irc", "default") == std::vector<std::string>{"a2"});
}

TEST_CASE("lanes: accounts do not wait for each other") {
    Lanes lanes;
    lanes.add(kAlice, "a1");
    lanes.add(kOther, "o1");
    CHECK(take(lanes, {}, "other") == "o1");
    CHECK(take(lanes) == "a1");
    CHECK(lanes.accounts().size() == 2);
}

TEST_CASE("lanes: a free lane can be occupied at once") {
    Lanes lanes;
    CHECK(lanes.is_free(kAlice));
    lanes.occupy(kAlice, "a1");
    CHECK_FALSE(lanes.is_free(kAlice));
    lanes.add(kAlice, "a2");
    CHECK(take(lanes).empty());
    lanes.remove(kAlice, "a1");
    CHECK_FALSE(lanes.is_free(kAlice));  // a2 was there first
    CHECK(take(lanes) == "a2");
    lanes.remove(kAlice, "a2");
    CHECK(lanes.is_free(kAlice));
}

TEST_CASE("lanes: what is put back goes first and holds its lane until its time") {
    Lanes lanes;
    const base::SteadyTime start{1h};
    lanes.add(kAlice, "a1");
    lanes.add(kAlice, "a2");
    CHECK(take(lanes, start) == "a1");
    lanes.put_back(kAlice, "a1", start + 5s);
    CHECK(take(lanes, start).empty());
    CHECK(lanes.next_due() == start + 5s);
    CHECK(take(lanes, start + 5s) == "a1");
    CHECK_FALSE(lanes.next_due());
}

TEST_CASE("lanes: a time that has passed stays due until the lane was woken, whoever looks first") {
    Lanes lanes;
    const base::SteadyTime start{1h};
    lanes.add(kAlice, "a1");
    take(lanes, start);
    lanes.put_back(kAlice, "a1", start + 5s);
    lanes.wake(start + 4s);
    CHECK(take(lanes, start + 4s).empty());
    CHECK(lanes.next_due() == start + 5s);
    lanes.wake(start + 6s);
    CHECK_FALSE(lanes.next_due());
    CHECK(take(lanes, start + 6s) == "a1");
}

TEST_CASE("lanes: when the one that holds a lane goes, the next need not wait") {
    Lanes lanes;
    const base::SteadyTime start{1h};
    lanes.add(kAlice, "a1");
    lanes.add(kAlice, "a2");
    take(lanes, start);
    lanes.put_back(kAlice, "a1", start + 1min);
    lanes.remove(kAlice, "a1");
    CHECK(take(lanes, start) == "a2");
}

TEST_CASE("lanes: an account has a bounded number under way") {
    Lanes lanes;
    for (std::size_t i = 0; i < Lanes::kMaxPerAccount + 1; ++i) {
        lanes.add({"irc", "default", "peer" + std::to_string(i)}, "id" + std::to_string(i));
    }
    std::string last;
    for (std::size_t i = 0; i < Lanes::kMaxPerAccount; ++i)
        last = take(lanes);
    CHECK_FALSE(last.empty());
    CHECK(take(lanes).empty());
    CHECK_FALSE(lanes.is_free({"irc", "default", "somebody new"}));
    CHECK(lanes.is_free({"irc", "other", "somebody new"}));
}

TEST_CASE("retry: pauses double from one second to one minute, or are what the provider asks") {
    CHECK(retry_delay(1, 0ms) == 1s);
    CHECK(retry_delay(2, 0ms) == 2s);
    CHECK(retry_delay(6, 0ms) == 32s);
    CHECK(retry_delay(7, 0ms) == 60s);
    CHECK(retry_delay(1000, 0ms) == 60s);
    CHECK(retry_delay(1, 90s) == 90s);
}

TEST_CASE("lanes: lanes of an account take turns, however they are called") {
    Lanes lanes;
    for (const char* to : {"c", "a", "b"}) {
        for (int i = 1; i <= 2; ++i)
            lanes.add({"irc", "default", to}, to + std::to_string(i));
    }
    std::string order;
    for (int i = 0; i < 6; ++i) {
        const std::string id = take(lanes);
        order += id;
        lanes.remove({"irc", "default", id.substr(0, 1)}, id);
    }
    CHECK(order == "c1a1b1c2a2b2");
    CHECK(lanes.accounts().empty());
}

TEST_CASE("lanes: what an earlier process had under way holds its lane") {
    Lanes lanes;
    CHECK(lanes.resume(kAlice, "a1"));
    CHECK_FALSE(lanes.resume(kAlice, "a2"));
    lanes.add(kAlice, "a2");
    CHECK(take(lanes).empty());
    CHECK(lanes.count("irc", "default") == 2);
    lanes.put_back(kAlice, "a1", {});
    CHECK(take(lanes) == "a1");
    lanes.remove(kAlice, "a1");
    CHECK(take(lanes) == "a2");
    lanes.remove(kAlice, "a2");
    CHECK(lanes.count("irc", "default") == 0);
}
