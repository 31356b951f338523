// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/oom_watch.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/file.h"

namespace gw::supervisor {

namespace {

std::optional<std::uint64_t> read_kills(const std::string& file) {
    const auto text = base::read_file(file);
    return text ? find_counter(*text, "oom_kill") : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> find_counter(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!line.starts_with(name) || line.substr(name.size(), 1) != " ") continue;
        const std::string_view digits = line.substr(name.size() + 1);
        std::uint64_t value = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (parsed.ec == std::errc()) return value;
    }
    return std::nullopt;
}

std::string oom_counter_file(std::string_view cgroups) {
    // The line of cgroup v2: "0::/system.slice/gatewayd.service".
    constexpr std::string_view kUnified = "0::";
    while (!cgroups.empty()) {
        const std::string_view line = cgroups.substr(0, cgroups.find('\n'));
        cgroups.remove_prefix(std::min(cgroups.size(), line.size() + 1));
        if (!line.starts_with(kUnified)) continue;
        const std::string path(line.substr(kUnified.size()));
        const std::string file =
            "/sys/fs/cgroup" + path + (path == "/" ? "" : "/") + "memory.events";
        if (::access(file.c_str(), R_OK) == 0) return file;
    }
    return "/proc/vmstat";
}

OomWatch::OomWatch(std::string counter_file) : counter_file_(std::move(counter_file)) {
    look();
}

void OomWatch::look() {
    seen_ = read_kills(counter_file_);
}

bool OomWatch::has_killed() const {
    const auto kills = read_kills(counter_file_);
    return kills && seen_ && *kills > *seen_;
}

}  // namespace gw::supervisor
