// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/delivery/custody.h"

#include <doctest/doctest.h>

using namespace gw;
using namespace gw::delivery;
using namespace std::chrono_literals;
using store::DeliveryState;

namespace {

using Kind = Step::Kind;

constexpr std::int64_t kNow = 1'000'000;

Custody custody(Stage stage) {
    return {.stage = stage,
            .attempt = 1,
            .lost = 0,
            .expires_ms = kNow + 3'600'000,
            .attempt_ms = kNow - 1'000,
            .doubt_ms = 0,
            .provider = Provider{},
            .is_connected = true};
}

Step happen(const Custody& c, Event event) {
    return next(c, {.event = event, .now_ms = kNow});
}

constexpr Stage kStages[] = {Stage::accepting,  Stage::queued,     Stage::marking,
                             Stage::ordered,    Stage::started,    Stage::doubtful,
                             Stage::looking_up, Stage::requeueing, Stage::finishing};

}  // namespace

TEST_CASE("custody: a repetition is safe until nine tenths of the provider's window are over") {
    Custody c = custody(Stage::ordered);
    c.provider = Provider{.client_id_window = 10s};
    CHECK_FALSE(end_of_window(c).has_value());  // nothing is repeated
    c.doubt_ms = kNow - 5'000;
    CHECK(end_of_window(c) == kNow + 4'000);
    CHECK(next(c, {.event = Event::marked, .now_ms = kNow + 3'999}).kind == Kind::hand_over);
    CHECK(next(c, {.event = Event::marked, .now_ms = kNow + 4'000}).kind == Kind::finish);
    c.provider = std::nullopt;
    CHECK_FALSE(end_of_window(c).has_value());  // and nothing leaves
}

TEST_CASE("custody: what the provider can do decides what becomes of a started attempt") {
    const struct {
        std::optional<Provider> provider;
        bool is_connected;
        Kind kind;
    } kCases[] = {
        {Provider{}, true, Kind::finish},
        {Provider{.client_id_window = 10min}, true, Kind::requeue},
        {Provider{.client_id_window = 10min, .can_look_up = true}, true, Kind::requeue},
        {Provider{.client_id_window = 1s, .can_look_up = true}, true, Kind::hold},
        {Provider{.client_id_window = 1s}, true, Kind::finish},
        {Provider{.can_look_up = true}, true, Kind::hold},
        {Provider{.can_look_up = true}, false, Kind::hold},
        {std::nullopt, false, Kind::hold},
    };
    for (const auto& one : kCases) {
        Custody c = custody(Stage::started);
        c.provider = one.provider;
        c.is_connected = one.is_connected;
        const Step step = happen(c, Event::no_answer);
        CHECK(step.kind == one.kind);
        if (step.kind == Kind::finish) CHECK(step.end == DeliveryState::uncertain);
        if (step.kind != Kind::finish) CHECK(step.doubt_ms == c.attempt_ms);
        CHECK(happen(c, Event::worker_gone).kind == one.kind);
    }
}

TEST_CASE("custody: an order that was not begun leaves no doubt, but does not end an older one") {
    Custody c = custody(Stage::ordered);
    CHECK(happen(c, Event::worker_gone) == Step{.kind = Kind::requeue});
    c.doubt_ms = kNow - 5'000;
    CHECK(happen(c, Event::worker_gone) == Step{.kind = Kind::requeue, .doubt_ms = c.doubt_ms});
    CHECK(happen(c, Event::not_handed_to).doubt_ms == c.doubt_ms);
}

TEST_CASE("custody: the window is counted from the first attempt that may have arrived") {
    Custody c = custody(Stage::started);
    c.provider = Provider{.client_id_window = 10s};
    c.doubt_ms = kNow - 8'000;
    CHECK(happen(c, Event::worker_gone).kind == Kind::requeue);
    c.doubt_ms = kNow - 9'500;  // the last tenth is not used
    CHECK(happen(c, Event::worker_gone).end == DeliveryState::uncertain);
    // It may also pass while the delivery waits in its lane.
    c.stage = Stage::queued;
    CHECK(happen(c, Event::taken).end == DeliveryState::uncertain);
    CHECK(happen(c, Event::marked).end == DeliveryState::uncertain);
    c.doubt_ms = kNow - 8'000;
    CHECK(happen(c, Event::taken).kind == Kind::attempt);
    CHECK(happen(c, Event::marked).kind == Kind::hand_over);
    c.doubt_ms = 0;
    c.provider.reset();
    CHECK(happen(c, Event::taken).kind == Kind::attempt);
}

TEST_CASE("custody: nobody is asked before what is in flight has landed") {
    Custody c = custody(Stage::started);
    c.provider = Provider{.can_look_up = true};
    // However long ago it began: its worker may have stood still before the first byte.
    c.attempt_ms = kNow - 60'000;
    CHECK(happen(c, Event::no_answer).kind == Kind::hold);
    CHECK(happen(c, Event::no_answer).delay == kLanding);
    c.stage = Stage::doubtful;
    c.doubt_ms = c.attempt_ms;
    c.attempt_ms = 0;
    c.doubtful_ms = kNow - 4'000;
    CHECK(happen(c, Event::worker_ready).delay == 6s);
    c.doubtful_ms = kNow - kLanding.count();
    CHECK(happen(c, Event::worker_ready).kind == Kind::look_up);
}

TEST_CASE("custody: an end that says no says so only when nothing can have arrived") {
    for (const std::int64_t doubt : {std::int64_t{0}, kNow - 5'000}) {
        Custody c = custody(Stage::ordered);
        c.doubt_ms = doubt;
        const auto expect = [doubt](DeliveryState end) {
            return doubt == 0 ? end : DeliveryState::uncertain;
        };
        Happening failed{.event = Event::failed, .now_ms = kNow, .failure = Failure::permanent};
        CHECK(next(c, failed).end == expect(DeliveryState::failed));
        failed.failure = Failure::transient;
        failed.retry_after = 2h;
        CHECK(next(c, failed).end == expect(DeliveryState::expired));
        c.stage = Stage::queued;
        CHECK(happen(c, Event::expired).end == expect(DeliveryState::expired));
        CHECK(happen(c, Event::cancelled).end == expect(DeliveryState::cancelled));
        c.stage = Stage::ordered;
        c.lost = kMaxLostAttempts - 1;
        CHECK(happen(c, Event::worker_gone).end == expect(DeliveryState::failed));
    }
}

TEST_CASE("custody: transient failures are repeated after their pause while there is time") {
    const Custody c = custody(Stage::started);
    Happening failed{.event = Event::failed, .now_ms = kNow, .failure = Failure::transient};
    CHECK(next(c, failed) == Step{.kind = Kind::requeue, .delay = 1s});
    failed.retry_after = 90s;
    CHECK(next(c, failed) == Step{.kind = Kind::requeue, .delay = 90s});
}

TEST_CASE("custody: a worker that does not know is believed, and not asked again at once") {
    Custody c = custody(Stage::started);
    const Happening failed{.event = Event::failed, .now_ms = kNow, .failure = Failure::uncertain};
    CHECK(next(c, failed).end == DeliveryState::uncertain);
    CHECK(next(c, failed).reason.empty());  // its own words
    c.provider = Provider{.client_id_window = 10min};
    CHECK(next(c, failed) == Step{.kind = Kind::requeue, .delay = 1s, .doubt_ms = c.attempt_ms});
}

TEST_CASE("custody: doubt waits for a worker, at most until the time is over") {
    Custody c = custody(Stage::doubtful);
    c.attempt_ms = 0;
    c.doubt_ms = kNow - 20'000;
    c.doubtful_ms = kNow - kLanding.count();
    CHECK(happen(c, Event::worker_ready).end == DeliveryState::uncertain);
    c.provider = Provider{.can_look_up = true};
    CHECK(happen(c, Event::worker_ready).kind == Kind::look_up);
    // Without its worker there is nobody to ask.
    c.is_connected = false;
    CHECK(happen(c, Event::worker_ready).kind == Kind::hold);
    CHECK(happen(c, Event::expired).end == DeliveryState::uncertain);
    c.expires_ms = kNow;
    CHECK(happen(c, Event::worker_ready).end == DeliveryState::uncertain);
    CHECK(happen(c, Event::left_behind).end == DeliveryState::uncertain);
}

TEST_CASE("custody: what a look-up finds ends the doubt") {
    const Custody c = custody(Stage::looking_up);
    Happening h{.event = Event::looked_up, .now_ms = kNow, .look_up = LookUp::found};
    CHECK(next(c, h).end == DeliveryState::sent);
    h.look_up = LookUp::absent;
    CHECK(next(c, h) == Step{.kind = Kind::requeue});
    h.look_up = LookUp::unknown;
    CHECK(next(c, h).end == DeliveryState::uncertain);
    CHECK(happen(c, Event::no_answer).end == DeliveryState::uncertain);
    CHECK(happen(c, Event::worker_gone).kind == Kind::hold);
}

TEST_CASE("custody: what a worker says counts only while it has the order") {
    for (const Stage stage : kStages) {
        const bool has_it = stage == Stage::ordered || stage == Stage::started;
        CAPTURE(name(stage));
        CHECK((happen(custody(stage), Event::sent).kind == Kind::finish) == has_it);
        CHECK((happen(custody(stage), Event::failed).kind == Kind::finish) == has_it);
        const bool is_asked = stage == Stage::looking_up;
        CHECK((happen(custody(stage), Event::looked_up).kind == Kind::finish) == is_asked);
        const bool waits = stage == Stage::queued;
        CHECK((happen(custody(stage), Event::cancelled).kind == Kind::finish) == waits);
        const bool is_doubtful = stage == Stage::doubtful;
        CHECK((happen(custody(stage), Event::worker_ready).kind == Kind::finish) == is_doubtful);
    }
}
