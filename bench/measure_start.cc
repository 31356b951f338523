// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "base/json.h"
#include "bench/measure.h"
#include "bench/swarm.h"

extern char** environ;

namespace gw::bench {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// The command with its output thrown away.
Result<pid_t> spawn(const std::vector<char*>& command) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid = 0;
    // A process group of its own, so that the end takes everything along.
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int error =
        ::posix_spawn(&pid, command.front(), &actions, &attributes, command.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return fail_errno(std::string("start ") + command.front(), error);
    return pid;
}

// Asks the process to end, and no longer than that.
void end(pid_t pid) {
    ::kill(pid, SIGTERM);
    const auto deadline = Clock::now() + std::chrono::seconds(10);
    while (::waitpid(pid, nullptr, WNOHANG) == 0) {
        if (Clock::now() > deadline) ::kill(-pid, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ::kill(-pid, SIGKILL);
}

class FirstClient final : public Swarm {
  public:
    using Swarm::Swarm;

    Result<void> wait_for_hello() {
        const auto deadline = Clock::now() + std::chrono::seconds(60);
        while (!open_one()) {
            if (Clock::now() > deadline) return fail(Errc::timed_out, "nobody listens");
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        TRY_VOID(turn_until([this] { return ready_count() == 1 || closed_count_ > 0; },
                            std::chrono::seconds(60)));
        if (closed_count_ > 0) return fail(Errc::closed, last_why());
        return {};
    }
};

}  // namespace

Result<void> measure_start(const Options& options) {
    if (options.command().size() < 2) return fail(Errc::invalid_input, "no command behind --");
    FirstClient client(options.login());
    const auto begin = Clock::now();
    TRY(const pid_t pid, spawn(options.command()));
    const auto hello = client.wait_for_hello();
    const double took = milliseconds_since(begin);
    end(pid);
    TRY_VOID(hello);
    std::printf("{\"ms\":%.3f}\n", took);
    return {};
}

Result<void> measure_command(const Options& options) {
    if (options.command().size() < 2) return fail(Errc::invalid_input, "no command behind --");
    const auto begin = Clock::now();
    TRY(const pid_t pid, spawn(options.command()));
    int status = 0;
    ::waitpid(pid, &status, 0);
    const double took = milliseconds_since(begin);
    if (status != 0) return fail(Errc::io, "the command failed");
    std::printf("{\"ms\":%.3f}\n", took);
    return {};
}

}  // namespace gw::bench
