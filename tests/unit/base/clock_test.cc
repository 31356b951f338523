// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/clock.h"

#include <doctest/doctest.h>

namespace gw::base {
namespace {

TEST_CASE("clock: times are written in UTC with milliseconds") {
    CHECK(rfc3339(0) == "1970-01-01T00:00:00.000Z");
    CHECK(rfc3339(1'769'763'600'123) == "2026-01-30T09:00:00.123Z");
    CHECK(rfc3339(951'782'400'007) == "2000-02-29T00:00:00.007Z");
}

TEST_CASE("clock: a manual clock moves only when told, both of its hands together") {
    ManualClock clock;
    const SteadyTime steady = clock.steady();
    const std::int64_t wall = clock.wall_ms();
    CHECK(clock.steady() == steady);
    clock.advance(Millis(1500));
    CHECK(clock.steady() - steady == Millis(1500));
    CHECK(clock.wall_ms() - wall == 1500);
}

TEST_CASE("clock: the machine's steady clock never goes back") {
    const SystemClock clock;
    const SteadyTime before = clock.steady();
    CHECK(clock.steady() >= before);
    CHECK(clock.wall_ms() > 1'700'000'000'000);
}

}  // namespace
}  // namespace gw::base
