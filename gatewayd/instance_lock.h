#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// InstanceLock: one gateway per state directory. Held for the life of the process by a record lock
// on <state>/gatewayd.lock, which the kernel drops with the process however it ends.

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace gw {

class InstanceLock {
  public:
    // Errc::already_exists when another process holds it; the message names its pid.
    static Result<InstanceLock> acquire(const std::string& state_dir);

    // The pid of whoever holds the lock now, 0 when nobody does or it cannot be told.
    static int holder(const std::string& state_dir);

  private:
    explicit InstanceLock(base::Fd file) : file_(std::move(file)) {}
    base::Fd file_;
};

}  // namespace gw
