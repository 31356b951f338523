// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <cstdio>

#include "base/json.h"
#include "bench/measure.h"
#include "bench/process_stats.h"
#include "bench/swarm.h"

namespace gw::bench {

namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

Result<void> measure_crowd(const Options& options) {
    const auto count = static_cast<std::size_t>(options.number("connections", 9900));
    const auto settle = std::chrono::milliseconds(options.number("settle", 500));
    const int pid = static_cast<int>(options.number("pid", 0));
    Swarm swarm(options.login());
    // What the first connections warm up is not the price of the others.
    TRY_VOID(swarm.gather(64));
    const Memory memory_before = memory_of(pid);
    const std::uint64_t cpu_before = cpu_nanoseconds(pid);
    const auto begin = std::chrono::steady_clock::now();
    TRY_VOID(swarm.gather(64 + count / 10));
    const double first_tenth = seconds_since(begin);
    TRY_VOID(swarm.gather(64 + count - count / 10));
    const double before_last = seconds_since(begin);
    TRY_VOID(swarm.gather(64 + count));
    const double all = seconds_since(begin);
    const std::uint64_t cpu = cpu_nanoseconds(pid) - cpu_before;

    const auto settled = std::chrono::steady_clock::now() + settle;
    TRY_VOID(swarm.turn_until([settled] { return std::chrono::steady_clock::now() >= settled; },
                              std::chrono::seconds(120)));
    const Memory memory = memory_of(pid);
    const auto clients = static_cast<double>(count);
    std::string line;
    json::Writer(line)
        .begin_object()
        .field("seconds", all)
        .field("last_tenth_over_first", (all - before_last) / first_tenth)
        .field("cpu_us", static_cast<double>(cpu) / 1e3 / clients)
        .field("rss_per_client", static_cast<double>(memory.rss - memory_before.rss) / clients)
        .field("rss", memory.rss)
        .end_object();
    std::puts(line.c_str());
    return {};
}

}  // namespace gw::bench
