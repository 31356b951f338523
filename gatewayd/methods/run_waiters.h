#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// RunWaiters: who waits for a run to end, and how the lately finished ones ended. `agent` waits for
// its own run, `agent.wait` for any.

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "gatewayd/agents/runs.h"
#include "gatewayd/methods/request.h"
#include "loop/loop.h"

namespace gw::methods {

class RunWaiters {
  public:
    static constexpr std::int64_t kKeepFinishedMs = 600'000;
    static constexpr std::size_t kMaxFinished = 1000;
    static constexpr std::size_t kMaxWaiting = 10'000;

    RunWaiters(loop::Loop& loop, const base::Clock& clock);

    // The final answer of `agent` for this run. Errc::limit_exceeded when too many wait already.
    Result<void> wait_for_result(const std::string& run_id, Reply reply);
    // The answer of `agent.wait`: how the run ended, or status "timeout".
    Result<void> wait_for_end(const std::string& run_id, std::chrono::milliseconds timeout,
                              Reply reply);

    // A run ended: everybody who waits for it is answered.
    void on_run_finished(const agents::RunFinished& run);

  private:
    struct Finished {
        agents::RunFinished run;
        std::int64_t ended_ms = 0;
    };
    struct Waiter {
        std::string run_id;
        Reply reply;
        bool wants_result;
        base::SteadyTime deadline;
    };
    void on_deadlines();
    void arm();
    void forget_old();
    static void answer(Waiter& waiter, const Finished& finished);

    const base::Clock& clock_;
    loop::Timer timer_;
    std::list<Waiter> waiters_;
    std::list<Finished> finished_;  // oldest first
    std::unordered_map<std::string, std::list<Finished>::iterator> by_id_;
};

// The payload of the final `agent` answer.
std::string agent_result(const agents::RunFinished& run);

}  // namespace gw::methods
