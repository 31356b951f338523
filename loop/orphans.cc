// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "loop/orphans.h"

#include <sys/wait.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>

#include "base/file.h"

namespace gw::loop {

namespace {

void append_pids(std::vector<int>& pids, std::string_view text) {
    while (!text.empty()) {
        int pid = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
        if (error == std::errc()) pids.push_back(pid);
        const auto used = static_cast<std::size_t>(end - text.data());
        text.remove_prefix(std::min(text.size(), used + 1));
    }
}

}  // namespace

std::vector<int> list_children() {
    std::vector<int> pids;
    // A child belongs to the thread that forked or adopted it.
    std::error_code error;
    std::filesystem::directory_iterator task("/proc/self/task", error);
    for (; !error && task != std::filesystem::directory_iterator(); task.increment(error)) {
        // The thread may have ended in the meantime.
        const auto children = base::read_file(task->path().string() + "/children");
        if (children) append_pids(pids, *children);
    }
    return pids;
}

Orphans::Orphans(Loop& loop, std::function<void()> child_ended)
    : signals_(loop, {SIGCHLD}, [step = std::move(child_ended)](int) { step(); }) {}

std::size_t Orphans::sweep(std::span<const int> ours) {
    std::size_t alive = 0;
    for (const int pid : list_children()) {
        if (std::ranges::find(ours, pid) != ours.end()) continue;
        // Nobody else reaps it, so the number cannot be another process's by now.
        ::kill(pid, SIGKILL);
        if (::waitpid(pid, nullptr, WNOHANG) == 0) ++alive;
    }
    return alive;
}

}  // namespace gw::loop
