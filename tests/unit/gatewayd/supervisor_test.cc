// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/supervisor.h"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace gw;
using namespace gw::supervisor;
using namespace std::chrono_literals;

namespace {

const WorkerId kId{"fake", "default"};

// Workers are shell scripts here: they can be silent, die, or say the wrong thing, which is all
// that a supervisor must survive. What it does with good ones is the business of the process tests.
struct Fixture final : Supervisor::Events {
    std::string directory;
    std::unique_ptr<loop::Loop> loop;
    base::SystemClock clock;
    config::Restart rules;
    std::unique_ptr<Supervisor> supervisor;
    std::vector<Phase> phases;
    int gone = 0;

    explicit Fixture(const std::string& script) {
        char path[] = "/tmp/gatewayd-test-XXXXXX";
        REQUIRE(::mkdtemp(path) != nullptr);
        directory = path;
        if (!script.empty()) {
            const std::string program = directory + "/gatewayd-fake";
            std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
            ::chmod(program.c_str(), 0700);
        }
        auto made = loop::Loop::create();
        REQUIRE(made);
        loop = std::move(*made);
        supervisor = std::make_unique<Supervisor>(*loop, clock, rules, directory, *this);
    }
    ~Fixture() override {
        stop_all();
        supervisor.reset();
        std::filesystem::remove_all(directory);
    }

    void on_worker_changed(const WorkerStatus& status) override { phases.push_back(status.phase); }
    void on_worker_hello(const WorkerId&, std::uint64_t) override {}
    void on_worker_message(const WorkerId&, std::uint64_t, proto::WorkerToCore&) override {}
    void on_worker_gone(const WorkerId&, std::uint64_t, const WorkerEnd&) override { ++gone; }

    [[nodiscard]] WorkerStatus status() const { return supervisor->status(kId); }
    bool reach(Phase phase) {
        return loop->run_until([&] { return status().phase == phase; }, 20s);
    }
    // How long it took.
    std::chrono::milliseconds stop_all() {
        bool is_done = false;
        const auto start = clock.steady();
        supervisor->stop_all([&] { is_done = true; });
        CHECK(loop->run_until([&] { return is_done; }, 20s));
        CHECK(supervisor->stats().processes == 0);
        return std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady() - start);
    }
};

}  // namespace

TEST_CASE("supervisor: a worker that dies is started again, at once and then with a pause") {
    Fixture fixture("exit 3");
    fixture.supervisor->start(kId);
    REQUIRE(fixture.reach(Phase::backoff));
    CHECK(fixture.supervisor->stats().spawns == 2);
    CHECK(fixture.supervisor->stats().failed == 2);
    CHECK(fixture.gone == 2);
    CHECK(fixture.status().last_error == "failed: exit code 3");
    CHECK(fixture.status().pid == 0);
    const auto generation = fixture.status().generation;
    REQUIRE(fixture.reach(Phase::starting));
    CHECK(fixture.status().generation > generation);
}

TEST_CASE("supervisor: a worker that is killed is a crash") {
    Fixture fixture("kill -KILL $$");
    fixture.supervisor->start(kId);
    REQUIRE(fixture.reach(Phase::backoff));
    CHECK(fixture.supervisor->stats().crashed == 2);
    CHECK(fixture.status().last_error.starts_with("crashed: signal 9"));
}

TEST_CASE("supervisor: a program that is not there is a failure that says so") {
    Fixture fixture("");
    fixture.supervisor->start(kId);
    REQUIRE(fixture.reach(Phase::backoff));
    CHECK(fixture.status().last_error.find("gatewayd-fake") != std::string::npos);
}

TEST_CASE("supervisor: a worker that talks nonsense is cut off and killed") {
    Fixture fixture("printf 'nonsense' >&3; exec sleep 60");
    fixture.supervisor->start(kId);
    REQUIRE(fixture.reach(Phase::backoff));
    CHECK(fixture.supervisor->stats().protocol_violations == 2);
    CHECK(fixture.status().last_error.starts_with("protocol violation"));
}

TEST_CASE("supervisor: a message that is not permitted yet ends the worker too") {
    // A whole frame: a Ready before any Hello.
    Fixture fixture(R"(printf '\002\000\000\000\032\000' >&3; exec sleep 60)");
    fixture.supervisor->start(kId);
    REQUIRE(fixture.reach(Phase::backoff));
    CHECK(fixture.supervisor->stats().protocol_violations == 2);
}

TEST_CASE("supervisor: a worker of another build is blocked, not restarted") {
    // A Hello of protocol 99.
    Fixture fixture(R"(printf '\004\000\000\000\022\002\010\143' >&3; exec sleep 60)");
    fixture.supervisor->start(kId);
    REQUIRE(fixture.reach(Phase::blocked));
    CHECK(fixture.status().detail == "upgraded on disk, restart gatewayd");
    CHECK(fixture.supervisor->stats().spawns == 1);
}

TEST_CASE("supervisor: a worker that closes its socket and lives on is ended") {
    Fixture fixture("exec 3>&-; exec sleep 60");
    fixture.supervisor->start(kId);
    REQUIRE(fixture.reach(Phase::backoff));
    CHECK(fixture.supervisor->stats().processes == 0);
}

TEST_CASE("supervisor: a worker that ignores all requests to end is killed within the bound") {
    Fixture fixture(R"(trap '' TERM; : >"$0.deaf"; while :; do sleep 1; done)");
    fixture.supervisor->start(kId);
    const std::string deaf = fixture.directory + "/gatewayd-fake.deaf";
    loop::Timer look(*fixture.loop, [] {});  // turns the loop, which hears nothing of files
    look.start_repeating(5ms);
    REQUIRE(fixture.loop->run_until([&] { return std::filesystem::exists(deaf); }, 20s));
    look.stop();
    const auto took = fixture.stop_all();
    CHECK(took >= 2s);  // SIGTERM had its time
    CHECK(took < 6s);
    CHECK(fixture.status().phase == Phase::stopped);
    fixture.supervisor->start(kId);  // nothing starts any more
    CHECK(fixture.status().phase == Phase::stopped);
}

TEST_CASE("supervisor: what a worker left behind in a session of its own ends with it") {
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    Fixture fixture(
        R"(setsid sh -c 'echo $$ >"$0.pid"; exec sleep 60' "$0" & while [ ! -s "$0.pid" ]; do :; done; exit 3)");
    fixture.supervisor->start(kId);
    REQUIRE(fixture.reach(Phase::backoff));
    int left_behind = 0;
    std::ifstream(fixture.directory + "/gatewayd-fake.pid") >> left_behind;
    REQUIRE(left_behind > 0);
    fixture.stop_all();
    CHECK(::kill(left_behind, 0) != 0);  // reaped, too
    CHECK(::prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}

TEST_CASE("supervisor: what is not configured takes no messages, and nothing is stopped twice") {
    Fixture fixture("exec sleep 60");
    proto::CoreToWorker message;
    message.mutable_ping();
    CHECK(fixture.supervisor->send(kId, message).error().code == Errc::unavailable);
    fixture.supervisor->start(kId);
    CHECK(fixture.supervisor->send(kId, message).error().code == Errc::unavailable);
    fixture.supervisor->stop({"fake", "unknown"});
    CHECK(fixture.supervisor->status({"fake", "unknown"}).phase == Phase::stopped);
}
