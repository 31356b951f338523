// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/process_usage.h"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace gw::supervisor;
using namespace std::chrono_literals;

TEST_CASE("process usage: the fields are found behind a name that looks like fields") {
    const std::string_view stat =
        "7 (a) b (c) S 1 7 7 0 -1 4194304 1 2 3 4 150 50 8 9 20 0 1 0 99 1048576 3 "
        "18446744073709551615 1 1\n";
    CHECK(parse_usage(stat, {4096, 100}) == ProcessUsage{3 * 4096, 2000ms});
}

TEST_CASE("process usage: what is cut short, or no stat at all, is nothing") {
    CHECK_FALSE(parse_usage("", {}));
    CHECK_FALSE(parse_usage("7 (a) S 1 7 7 0 -1", {}));
    CHECK_FALSE(read_usage(-1));
}

TEST_CASE("process usage: this process has some memory") {
    const auto usage = read_usage(::getpid());
    REQUIRE(usage);
    CHECK(usage->resident_bytes > 0);
}
