#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// ChildProcess: one program started by us, reaped by us.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "loop/loop.h"

namespace gw::loop {

struct Exit {
    int code = 0;    // exit status when signal is 0
    int signal = 0;  // the signal that ended it, or 0
    bool operator==(const Exit&) const = default;
};

struct Spawn {
    std::string program;            // absolute path
    std::vector<std::string> args;  // without argv[0]
    std::vector<std::string> env;   // the whole environment, KEY=value
    int fd3 = -1;                   // becomes descriptor 3 of the child; still the caller's
    int output = -1;  // becomes descriptors 1 and 2; still the caller's; -1: /dev/null
};

class ChildProcess {
  public:
    // The child leads a process group of its own, gets SIGKILL when its parent thread dies
    // (PR_SET_PDEATHSIG), default signal dispositions and no descriptor but 0 (/dev/null), 1, 2, 3.
    // exited is called once, after it was reaped.
    static Result<std::unique_ptr<ChildProcess>> spawn(Loop& loop, const Spawn& what,
                                                       std::function<void(Exit)> exited);
    // Does not kill: a process still running is left to Orphans.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    [[nodiscard]] int pid() const;
    // To the process, or to its whole group. Nothing happens after it was reaped.
    void kill(int signal);
    void kill_group(int signal);

  private:
    ChildProcess();
    struct State;
    State* state_;
};

}  // namespace gw::loop
