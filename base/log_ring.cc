// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/log_ring.h"

#include <algorithm>
#include <utility>

namespace gw::log {

void Ring::push(std::string line) {
    end_ += line.size() + 1;
    lines_.push_back(std::move(line));
    trim();
}

void Ring::set_max_bytes(std::size_t max_bytes) {
    max_bytes_ = max_bytes;
    trim();
}

void Ring::trim() {
    while (end_ - begin_ > max_bytes_) {
        begin_ += lines_.front().size() + 1;
        lines_.pop_front();
    }
}

Tail Ring::tail(const std::uint64_t* since, std::size_t max_lines, std::size_t max_bytes) const {
    Tail tail;
    tail.begin = begin_;
    tail.end = end_;
    tail.reset = since != nullptr && (*since < begin_ || *since > end_);
    const bool starts_at_since = since != nullptr && !tail.reset;
    const std::uint64_t from = starts_at_since ? *since : begin_;

    // Backwards from the newest line, until one was seen, would be too much, or none is left.
    std::uint64_t position = end_;
    std::size_t bytes = 0;
    auto first = lines_.end();
    while (first != lines_.begin()) {
        const std::size_t size = std::prev(first)->size() + 1;
        if (position - size < from) break;
        const bool fits =
            static_cast<std::size_t>(lines_.end() - first) < max_lines && bytes + size <= max_bytes;
        if (!fits) {
            tail.truncated = true;
            break;
        }
        --first;
        position -= size;
        bytes += size;
    }
    // Lines of this process that the reader has not seen and that are gone.
    if (!starts_at_since && begin_ > start_) tail.truncated = true;
    tail.lines.assign(first, lines_.end());
    return tail;
}

}  // namespace gw::log
