#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Loop: the one event loop of a process (libuv behind it). Everything of a process runs on it, but
// for the store's two threads. Created in main, outlives everything made with it; never copied.

#include <chrono>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"

struct uv_loop_s;

namespace gw::loop {

class Loop {
  public:
    static Result<std::unique_ptr<Loop>> create();
    ~Loop();  // every handle made with the loop must be gone; drains their close callbacks
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Runs until stop(), or until nothing is left to wait for.
    void run();
    void stop();

    // Runs turns until done() is true or the deadline passed; true when done. For tests and orderly
    // ends.
    bool run_until(const std::function<bool()>& done, std::chrono::milliseconds deadline);

    // The loop's idea of now, read once per turn.
    [[nodiscard]] base::SteadyTime now() const;

    // Calls step once, later in this turn or in the next, never from inside this call.
    void defer(std::function<void()> step);

    // Calls step once, when the loop itself ends and everything made with it has been closed. For
    // what can let go of its memory only then.
    void at_end(std::function<void()> step);

    // For net (libwebsockets' foreign loop) and loop/ only.
    [[nodiscard]] uv_loop_s* raw();

  private:
    Loop();
    struct State;
    std::unique_ptr<State> state_;
};

// Calls step at the end of each turn, before the loop waits: where output gathered during the turn
// is flushed. Does not keep the loop alive.
class TurnEnd {
  public:
    TurnEnd(Loop& loop, std::function<void()> step);
    ~TurnEnd();
    TurnEnd(const TurnEnd&) = delete;
    TurnEnd& operator=(const TurnEnd&) = delete;

  private:
    struct State;
    State* state_;
};

// A timer owned by whom it calls; destroying it withdraws the call. Does not repeat unless started
// with repeat.
class Timer {
  public:
    Timer(Loop& loop, std::function<void()> step);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void start(std::chrono::milliseconds after);
    void start_repeating(std::chrono::milliseconds every);
    void stop();
    [[nodiscard]] bool is_running() const;
    // A timer that does not keep the loop alive.
    void unref();

  private:
    struct State;
    State* state_;
};

// The one thing that other threads may touch: post() queues a step for the loop thread and wakes
// it. Steps run in the order posted. Steps still queued at destruction are dropped.
class Mailbox {
  public:
    explicit Mailbox(Loop& loop);
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    void post(std::function<void()> step);  // any thread

  private:
    struct State;
    State* state_;
};

// Calls step with the signal's number, on the loop. Does not keep the loop alive.
class Signals {
  public:
    Signals(Loop& loop, std::initializer_list<int> signals, std::function<void(int)> step);
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

  private:
    struct State;
    State* state_;
};

}  // namespace gw::loop
