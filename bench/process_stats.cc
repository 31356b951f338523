// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "bench/process_stats.h"

#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"

namespace gw::bench {

namespace {

constexpr std::size_t kMaxProcFile = 64 * 1024;

std::uint64_t kilobytes(const std::string& text, std::string_view name) {
    const std::size_t at = text.find(name);
    if (at == std::string::npos) return 0;
    return std::strtoull(text.c_str() + at + name.size(), nullptr, 10) * 1024;
}

}  // namespace

std::uint64_t cpu_nanoseconds(int pid) {
    std::error_code error;
    std::uint64_t total = 0;
    const std::filesystem::path threads = "/proc/" + std::to_string(pid) + "/task";
    for (const auto& thread : std::filesystem::directory_iterator(threads, error)) {
        const auto stat = base::read_file(thread.path() / "schedstat", kMaxProcFile);
        if (stat) total += std::strtoull(stat->c_str(), nullptr, 10);
    }
    return total;
}

Memory memory_of(int pid) {
    const auto text =
        base::read_file("/proc/" + std::to_string(pid) + "/smaps_rollup", kMaxProcFile);
    if (!text) return {};
    return {kilobytes(*text, "\nRss:"), kilobytes(*text, "\nPss:")};
}

void raise_file_limit() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace gw::bench
