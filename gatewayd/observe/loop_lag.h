#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// LoopLag: how late the core's loop is. Twice a second a timer falls due; how much later it is
// called is how long anything else had to wait too. Cheap enough for an idle gateway, and blind to
// what blocks the loop for a moment between two looks: it samples. Resolution: a millisecond.

#include "base/clock.h"
#include "base/histogram.h"
#include "loop/loop.h"

namespace gw::observe {

class LoopLag {
  public:
    LoopLag(loop::Loop& loop, const base::Clock& clock);

    [[nodiscard]] const base::Histogram& seconds() const { return seconds_; }

  private:
    void start();
    void on_due();

    loop::Loop& loop_;
    const base::Clock& clock_;
    base::Histogram seconds_;
    base::SteadyTime due_{};
    loop::Timer timer_;  // keeps no loop alive
};

}  // namespace gw::observe
