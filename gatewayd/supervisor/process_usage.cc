// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/process_usage.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "base/file.h"

namespace gw::supervisor {

std::optional<ProcessUsage> parse_usage(std::string_view stat, const ProcessUnits& units) {
    // "pid (name) state ppid …": the name may hold blanks and parentheses, nothing behind it does.
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(name_end + 1);
    // proc(5) counts from 1, and two fields are gone: utime 14, stime 15, rss 24.
    std::array<std::uint64_t, 25> fields{};
    for (std::size_t field = 3; field < fields.size(); ++field) {
        stat.remove_prefix(std::min(stat.find_first_not_of(' '), stat.size()));
        const std::string_view word = stat.substr(0, stat.find(' '));
        if (word.empty()) return std::nullopt;
        // Letters and negative numbers stay 0; none of ours is one.
        std::from_chars(word.data(), word.data() + word.size(), fields[field]);
        stat.remove_prefix(word.size());
    }
    const std::uint64_t ticks = fields[14] + fields[15];
    ProcessUsage usage;
    usage.resident_bytes = fields[24] * units.page_bytes;
    usage.cpu = std::chrono::milliseconds(ticks * 1000 / units.ticks_per_second);
    return usage;
}

std::optional<ProcessUsage> read_usage(int pid) {
    static const ProcessUnits units{static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)),
                                    static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK))};
    const auto stat = base::read_file("/proc/" + std::to_string(pid) + "/stat");
    return stat ? parse_usage(*stat, units) : std::nullopt;
}

}  // namespace gw::supervisor
