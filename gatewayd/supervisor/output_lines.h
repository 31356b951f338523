#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// OutputLines: what a worker writes to stdout and stderr, cut into lines and bounded, so that a
// worker that talks without end costs neither memory nor log. Pure: bytes and time come in.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gw::supervisor {

class OutputLines {
  public:
    static constexpr std::size_t kMaxLineBytes = 2048;  // what is longer is cut
    static constexpr std::size_t kMaxLines = 200;       // per window; what is more is dropped
    static constexpr base::Millis kWindow{10'000};

    using OnLine = std::function<void(std::string_view)>;

    // on_line gets each whole line, valid during the call; and, when a window is over in which
    // lines were dropped, one line that says how many.
    void feed(std::string_view bytes, base::SteadyTime now, const OnLine& on_line);

    // The end of the output: what is left is a line.
    void finish(base::SteadyTime now, const OnLine& on_line);

  private:
    void emit(base::SteadyTime now, const OnLine& on_line);

    std::string held_;
    base::SteadyTime window_start_{};
    std::size_t lines_in_window_ = 0;
    std::size_t dropped_ = 0;
};

}  // namespace gw::supervisor
