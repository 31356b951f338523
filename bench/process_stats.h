#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the kernel says a process has used. All threads are counted.

#include <cstdint>

namespace gw::bench {

// Nanoseconds on a processor, from the scheduler's accounting; 0 when the process is gone.
std::uint64_t cpu_nanoseconds(int pid);

struct Memory {
    std::uint64_t rss = 0;  // bytes
    std::uint64_t pss = 0;
};
Memory memory_of(int pid);

// Raises the limit of open files to what the system allows.
void raise_file_limit();

}  // namespace gw::bench
