// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/histogram.h"

#include <doctest/doctest.h>

using gw::base::Histogram;
using namespace std::chrono_literals;

TEST_CASE(
    "histogram: a duration counts in its bucket and in all above, the bound itself included") {
    Histogram histogram;
    histogram.observe(100us);
    histogram.observe(101us);
    histogram.observe(60s);
    CHECK(histogram.at_most(0) == 1);
    CHECK(histogram.at_most(1) == 2);
    CHECK(histogram.at_most(Histogram::kBounds.size() - 1) == 2);
    CHECK(histogram.count() == 3);
    CHECK(histogram.sum_seconds() == doctest::Approx(60.000201));
}

TEST_CASE("histogram: less than nothing is nothing") {
    Histogram histogram;
    histogram.observe(-5ms);
    CHECK(histogram.at_most(0) == 1);
    CHECK(histogram.sum_seconds() == 0);
}
