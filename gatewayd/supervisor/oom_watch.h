#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// OomWatch: whether the kernel's out-of-memory killer was at work. It ends a process with SIGKILL
// and tells nobody; what can be read is how often it has killed: in our cgroup (memory.events),
// or, where that is not to be read, on the whole host (/proc/vmstat). So a worker that was killed
// by a signal we did not send, while that counter rose, is taken to have been out of memory. On a
// host that is out of memory the guess can blame the killer for a SIGKILL that somebody else sent.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gw::supervisor {

// The value of the line "name value"; nothing when there is no such line.
std::optional<std::uint64_t> find_counter(std::string_view text, std::string_view name);

// The file where this process's kills are counted, given what /proc/self/cgroup says.
std::string oom_counter_file(std::string_view cgroups);

class OomWatch {
  public:
    explicit OomWatch(std::string counter_file);

    // Remembers the count as it is: what was killed before does not matter any more.
    void look();
    // The killer has struck since look().
    [[nodiscard]] bool has_killed() const;

  private:
    std::string counter_file_;
    std::optional<std::uint64_t> seen_;  // nothing: not to be read
};

}  // namespace gw::supervisor
