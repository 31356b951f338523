// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/run_worker.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>

#include "base/log.h"

namespace gw::workers {

namespace {

constexpr int kCoreSocket = 3;
constexpr int kExitUsage = 64;  // EX_USAGE

bool is_core_socket() {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(kCoreSocket, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

}  // namespace

int run_worker(std::string_view name, const MakeAdapter& make) {
    if (!is_core_socket()) {
        std::fprintf(stderr,
                     "This program is a worker of gatewayd, which starts it by itself: configure "
                     "its channel and start gatewayd.\n");
        return kExitUsage;
    }
    ::fcntl(kCoreSocket, F_SETFD, FD_CLOEXEC);
    ::signal(SIGPIPE, SIG_IGN);
    // What is written to stdout is taken up by the core, line by line.
    log::start(
        {.format = log::Format::text, .level = log::Level::info, .color = false, .tail_bytes = 0});
    auto loop = loop::Loop::create();
    if (!loop) {
        log::error(name, "cannot start", {{"error", loop.error().message}});
        return 1;
    }
    const base::SystemClock clock;
    Skeleton worker(**loop, clock, base::Fd(kCoreSocket), name, make);
    (*loop)->run();
    return worker.exit_code();
}

}  // namespace gw::workers
