#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// FdWatch: says when a descriptor that somebody else owns can be read or written. For libraries
// that do their own input and output. Destroying it withdraws the watch; the descriptor must still
// be open then.

#include <functional>

#include "loop/loop.h"

namespace gw::loop {

struct Readiness {
    bool readable = false;
    bool writable = false;
};

class FdWatch {
  public:
    // ready is called once a turn while what is watched for is the case. It may destroy the watch.
    // A broken descriptor is reported as ready for everything: the next read or write says why.
    FdWatch(Loop& loop, int fd, std::function<void(Readiness)> ready);
    ~FdWatch();
    FdWatch(const FdWatch&) = delete;
    FdWatch& operator=(const FdWatch&) = delete;

    void watch_for(Readiness wanted);

  private:
    struct State;
    State* state_;
};

}  // namespace gw::loop
