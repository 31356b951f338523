// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/output_lines.h"

#include <algorithm>

namespace gw::supervisor {

void OutputLines::feed(std::string_view bytes, base::SteadyTime now, const OnLine& on_line) {
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        const std::size_t room = kMaxLineBytes - held_.size();
        held_ += bytes.substr(0, std::min(end, room));
        if (end == bytes.size()) return;
        emit(now, on_line);
        bytes.remove_prefix(end + 1);
    }
}

void OutputLines::finish(base::SteadyTime now, const OnLine& on_line) {
    if (!held_.empty()) emit(now, on_line);
    if (dropped_ > 0) on_line(std::to_string(dropped_) + " lines dropped");
    dropped_ = 0;
}

void OutputLines::emit(base::SteadyTime now, const OnLine& on_line) {
    if (now - window_start_ >= kWindow) {
        if (dropped_ > 0) on_line(std::to_string(dropped_) + " lines dropped");
        window_start_ = now;
        lines_in_window_ = 0;
        dropped_ = 0;
    }
    if (lines_in_window_ < kMaxLines) {
        ++lines_in_window_;
        on_line(held_);
    } else {
        ++dropped_;
    }
    held_.clear();
}

}  // namespace gw::supervisor
