// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/oom_watch.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/support/temp_dir.h"

using namespace gw;
using namespace gw::supervisor;

TEST_CASE("oom watch: a counter is found by its whole name") {
    const std::string_view text = "low 0\noom 3\noom_kill 2\noom_group_kill 1\n";
    CHECK(find_counter(text, "oom_kill") == 2);
    CHECK(find_counter(text, "oom") == 3);
    CHECK_FALSE(find_counter(text, "kill"));
    CHECK_FALSE(find_counter("oom_kill many", "oom_kill"));
    CHECK_FALSE(find_counter("oom_kill", "oom_kill"));
    CHECK_FALSE(find_counter("", "oom_kill"));
}

TEST_CASE("oom watch: without a cgroup of ours that can be read the host is looked at") {
    CHECK(oom_counter_file("") == "/proc/vmstat");
    CHECK(oom_counter_file("1:name=systemd:/\n") == "/proc/vmstat");
    CHECK(oom_counter_file("0::/is/not/there\n") == "/proc/vmstat");
}

TEST_CASE("oom watch: a kill counts until the next look") {
    const test::TempDir directory;
    const std::string file = directory.path() + "/memory.events";
    std::ofstream(file) << "oom_kill 1\n";
    OomWatch watch(file);
    CHECK_FALSE(watch.has_killed());
    std::ofstream(file) << "oom_kill 2\n";
    CHECK(watch.has_killed());
    watch.look();
    CHECK_FALSE(watch.has_killed());
}

TEST_CASE("oom watch: what cannot be read accuses nobody") {
    CHECK_FALSE(OomWatch("/is/not/there").has_killed());
}
