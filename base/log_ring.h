#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The last lines of the log, addressed by the bytes that ever went through (each line counts one
// more for its newline). Used by base/log.cc only, which locks it.

#include "base/log.h"

#include <cstdint>
#include <deque>
#include <string>

namespace gw::log {

class Ring {
  public:
    // Positions start at start, above all of every earlier process.
    Ring(std::uint64_t start, std::size_t max_bytes)
        : start_(start), begin_(start), end_(start), max_bytes_(max_bytes) {}

    // Forgets from the front until the kept lines fit; a line larger than max_bytes is not kept.
    void push(std::string line);

    void set_max_bytes(std::size_t max_bytes);

    // See gw::log::tail().
    [[nodiscard]] Tail tail(const std::uint64_t* since, std::size_t max_lines,
                            std::size_t max_bytes) const;

  private:
    void trim();

    std::uint64_t start_;
    std::uint64_t begin_;  // of the first kept line
    std::uint64_t end_;
    std::size_t max_bytes_;
    std::deque<std::string> lines_;
};

}  // namespace gw::log
