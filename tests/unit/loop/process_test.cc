// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "loop/process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <string>

using namespace gw;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds kDeadline{10};

struct Child {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    std::optional<loop::Exit> exit;
    std::unique_ptr<loop::ChildProcess> process;

    void spawn(const std::string& script, int fd3 = -1, int output = -1,
               std::vector<std::string> env = {}) {
        loop::Spawn what;
        what.program = "/bin/sh";
        what.args = {"-c", script};
        what.env = std::move(env);
        what.fd3 = fd3;
        what.output = output;
        auto spawned = loop::ChildProcess::spawn(*loop, what, [this](loop::Exit e) { exit = e; });
        REQUIRE_MESSAGE(spawned, spawned.error().message);
        process = std::move(*spawned);
    }
    loop::Exit wait() {
        REQUIRE(loop->run_until([this] { return exit.has_value(); }, kDeadline));
        return *exit;
    }
};

std::string read_all(int fd) {
    std::string text;
    char buffer[4096];
    ssize_t got = 0;
    while ((got = ::read(fd, buffer, sizeof buffer)) > 0)
        text.append(buffer, static_cast<std::size_t>(got));
    return text;
}

}  // namespace

TEST_CASE("process: its exit code or the signal that ended it is told, once it was reaped") {
    Child child;
    child.spawn("exit 7");
    CHECK(child.wait() == loop::Exit{7, 0});
    CHECK(::kill(child.process->pid(), 0) != 0);

    Child killed;
    killed.spawn("kill -9 $$");
    CHECK(killed.wait() == loop::Exit{0, SIGKILL});
}

TEST_CASE("process: it gets descriptor 3, an output, and nothing else of ours") {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);  // not close-on-exec: must not reach the child all the same
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    Child child;
    child.spawn("echo to-three >&3; echo to-output; echo to-error >&2; echo $(ls /proc/$$/fd)",
                pair[1], pipe[1], {"PATH=/bin:/usr/bin", "ONLY=this"});
    ::close(pipe[1]);
    ::close(pair[1]);
    CHECK(child.wait() == loop::Exit{0, 0});
    CHECK(read_all(pair[0]) == "to-three\n");
    const std::string output = read_all(pipe[0]);
    CHECK(output.starts_with("to-output\nto-error\n0 1 2 3"));
    ::close(pipe[0]);
    ::close(pair[0]);
}

TEST_CASE("process: its environment is the given one, its group its own") {
    int pipe[2];
    REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
    Child child;
    child.spawn("echo \"$ONLY-$HOME\"; sleep 100", -1, pipe[1],
                {"ONLY=this", "PATH=/bin:/usr/bin"});
    ::close(pipe[1]);
    CHECK(::getpgid(child.process->pid()) == child.process->pid());
    char line[64] = {};
    REQUIRE(::read(pipe[0], line, sizeof line - 1) > 0);
    CHECK(std::string(line) == "this-\n");
    child.process->kill_group(SIGTERM);
    CHECK(child.wait() == loop::Exit{0, SIGTERM});
    CHECK(read_all(pipe[0]).empty());  // the sleep is gone too
    child.process->kill(SIGKILL);      // nothing happens
    ::close(pipe[0]);
}

TEST_CASE("process: a program that is not there is an error with its name") {
    auto loop = *loop::Loop::create();
    loop::Spawn what;
    what.program = "/nowhere/gatewayd-none";
    const auto spawned = loop::ChildProcess::spawn(*loop, what, [](loop::Exit) {});
    REQUIRE_FALSE(spawned);
    CHECK(spawned.error().message.find("gatewayd-none") != std::string::npos);
}
