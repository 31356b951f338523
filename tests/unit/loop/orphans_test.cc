// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "loop/orphans.h"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>

#include "loop/process.h"

using namespace gw;
using namespace std::chrono_literals;

TEST_CASE("orphans: what a child left behind in a session of its own is killed and reaped") {
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    const auto loop = *loop::Loop::create();
    bool has_ended = false;
    loop::Spawn what;
    what.program = "/bin/sh";
    what.args = {"-c", "setsid sleep 600 & setsid sh -c 'setsid sleep 600 & sleep 600' & exit 0"};
    what.env = {"PATH=/usr/bin:/bin"};
    auto child = loop::ChildProcess::spawn(*loop, what, [&](loop::Exit) { has_ended = true; });
    REQUIRE(child);
    loop::Spawn own;
    own.program = "/bin/sleep";
    own.args = {"600"};
    auto other = loop::ChildProcess::spawn(*loop, own, [](loop::Exit) {});
    REQUIRE(other);
    const int ours[] = {(*child)->pid(), (*other)->pid()};

    std::size_t left = 1;
    loop::Orphans orphans(*loop, [&] { left = orphans.sweep(ours); });
    REQUIRE(loop->run_until([&] { return has_ended; }, 10s));
    left = orphans.sweep(ours);
    REQUIRE(loop->run_until([&] { return left == 0 && orphans.sweep(ours) == 0; }, 10s));
    const auto children = loop::list_children();
    REQUIRE(children.size() == 1);
    CHECK(children.front() == (*other)->pid());
    (*other)->kill(SIGKILL);
}
