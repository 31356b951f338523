#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Orphans: the processes that our children started and left behind. They come to us because the
// process is a subreaper (PR_SET_CHILD_SUBREAPER, set in main); each is killed and reaped, so that
// nothing a worker starts outlives it, whatever sessions and groups it makes. One per process: all
// children that it is not told about are orphans.

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "loop/loop.h"

namespace gw::loop {

// The children of this process that the kernel lists, zombies included.
std::vector<int> list_children();

class Orphans {
  public:
    // child_ended is called when some child of ours ended, ours or adopted: time to sweep again. An
    // orphan killed by a sweep may leave orphans itself.
    Orphans(Loop& loop, std::function<void()> child_ended);

    // Kills and reaps every child of ours that is not in `ours`; returns how many of them have not
    // ended yet.
    std::size_t sweep(std::span<const int> ours);

  private:
    Signals signals_;
};

}  // namespace gw::loop
