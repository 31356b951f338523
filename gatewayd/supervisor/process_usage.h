#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// ProcessUsage: what a process takes of the host, read from /proc when somebody asks.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gw::supervisor {

struct ProcessUsage {
    std::uint64_t resident_bytes = 0;
    std::chrono::milliseconds cpu{0};  // since its start, user and system

    bool operator==(const ProcessUsage&) const = default;
};

// The units in which the kernel counts.
struct ProcessUnits {
    std::uint64_t page_bytes = 4096;
    std::uint64_t ticks_per_second = 100;
};

// From the text of /proc/<pid>/stat; nothing when it is not such a text.
std::optional<ProcessUsage> parse_usage(std::string_view stat, const ProcessUnits& units);

// Nothing when there is no such process.
std::optional<ProcessUsage> read_usage(int pid);

}  // namespace gw::supervisor
