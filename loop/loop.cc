// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "loop/loop.h"

#include <uv.h>

#include <utility>
#include <vector>

#include "base/check.h"
#include "loop/handle.h"

namespace gw::loop {

struct Loop::State {
    uv_loop_t loop{};
    uv_async_t wake{};  // steps deferred outside of a turn need one
    std::vector<std::function<void()>> deferred;
    std::vector<std::function<void()>> at_end;

    void run_deferred() {
        // A step may defer another: that one's turn comes after those that were there before.
        for (auto& step : std::exchange(deferred, {}))
            step();
        if (!deferred.empty()) uv_async_send(&wake);
    }
};

Loop::Loop() : state_(std::make_unique<State>()) {}

Result<std::unique_ptr<Loop>> Loop::create() {
    std::unique_ptr<Loop> made(new Loop());
    State* state = made->state_.get();
    if (const int error = uv_loop_init(&state->loop); error != 0) {
        return fail(Errc::io, std::string("cannot make an event loop: ") + uv_strerror(error));
    }
    state->wake.data = state;
    uv_async_init(&state->loop, &state->wake,
                  [](uv_async_t* async) { static_cast<State*>(async->data)->run_deferred(); });
    uv_unref(reinterpret_cast<uv_handle_t*>(&state->wake));
    return made;
}

Loop::~Loop() {
    uv_close(reinterpret_cast<uv_handle_t*>(&state_->wake), nullptr);
    // Close callbacks free what they belong to; nothing else is left to run.
    uv_run(&state_->loop, UV_RUN_DEFAULT);
    for (auto& step : state_->at_end)
        step();
    uv_loop_close(&state_->loop);
}

void Loop::at_end(std::function<void()> step) {
    state_->at_end.push_back(std::move(step));
}

void Loop::run() {
    uv_run(&state_->loop, UV_RUN_DEFAULT);
}

void Loop::stop() {
    uv_stop(&state_->loop);
}

bool Loop::run_until(const std::function<bool()>& done, std::chrono::milliseconds deadline) {
    bool is_late = false;
    Timer timer(*this, [&is_late] { is_late = true; });
    timer.start(deadline);
    while (!done() && !is_late)
        uv_run(&state_->loop, UV_RUN_ONCE);
    return done();
}

base::SteadyTime Loop::now() const {
    // libuv's milliseconds are those of CLOCK_MONOTONIC, as the steady clock's are.
    return base::SteadyTime(std::chrono::milliseconds(uv_now(&state_->loop)));
}

void Loop::defer(std::function<void()> step) {
    state_->deferred.push_back(std::move(step));
    uv_async_send(&state_->wake);
}

uv_loop_s* Loop::raw() {
    return &state_->loop;
}

struct TurnEnd::State {
    uv_prepare_t handle{};
    std::function<void()> step;
};

TurnEnd::TurnEnd(Loop& loop, std::function<void()> step) : state_(new State) {
    state_->step = std::move(step);
    state_->handle.data = state_;
    uv_prepare_init(loop.raw(), &state_->handle);
    uv_prepare_start(&state_->handle, [](uv_prepare_t* handle) {
        auto* state = static_cast<State*>(handle->data);
        if (state->step) state->step();
    });
    uv_unref(reinterpret_cast<uv_handle_t*>(&state_->handle));
}

TurnEnd::~TurnEnd() {
    state_->step = nullptr;
    close_and_delete(state_);
}

struct Timer::State {
    uv_timer_t handle{};
    std::function<void()> step;
    bool is_gone = false;
};

Timer::Timer(Loop& loop, std::function<void()> step) : state_(new State) {
    state_->step = std::move(step);
    state_->handle.data = state_;
    uv_timer_init(loop.raw(), &state_->handle);
}

Timer::~Timer() {
    // The step may be what destroys the timer: its function object lives until the handle is
    // closed.
    state_->is_gone = true;
    uv_timer_stop(&state_->handle);
    close_and_delete(state_);
}

namespace {

template <typename State>
void on_timer(uv_timer_t* handle) {
    auto* state = static_cast<State*>(handle->data);
    if (!state->is_gone) state->step();
}

}  // namespace

void Timer::start(std::chrono::milliseconds after) {
    const auto count = after.count() < 0 ? 0 : after.count();
    uv_timer_start(&state_->handle, on_timer<State>, static_cast<std::uint64_t>(count), 0);
}

void Timer::start_repeating(std::chrono::milliseconds every) {
    GW_ASSERT(every.count() > 0, "a repeating timer needs an interval");
    const auto count = static_cast<std::uint64_t>(every.count());
    uv_timer_start(&state_->handle, on_timer<State>, count, count);
}

void Timer::stop() {
    uv_timer_stop(&state_->handle);
}

bool Timer::is_running() const {
    return uv_is_active(reinterpret_cast<const uv_handle_t*>(&state_->handle)) != 0;
}

void Timer::unref() {
    uv_unref(reinterpret_cast<uv_handle_t*>(&state_->handle));
}

struct Signals::State {
    struct One {
        uv_signal_t handle{};
        State* all = nullptr;
    };
    std::vector<One*> handles;
    std::function<void(int)> step;
};

Signals::Signals(Loop& loop, std::initializer_list<int> signals, std::function<void(int)> step)
    : state_(new State) {
    state_->step = std::move(step);
    for (const int signal : signals) {
        auto* one = new State::One;
        one->all = state_;
        one->handle.data = one;
        uv_signal_init(loop.raw(), &one->handle);
        uv_signal_start(
            &one->handle,
            [](uv_signal_t* handle, int number) {
                const auto* which = static_cast<State::One*>(handle->data);
                if (which->all != nullptr) which->all->step(number);
            },
            signal);
        uv_unref(reinterpret_cast<uv_handle_t*>(&one->handle));
        state_->handles.push_back(one);
    }
}

Signals::~Signals() {
    for (State::One* one : state_->handles) {
        one->all = nullptr;
        close_and_delete(one);
    }
    delete state_;
}

}  // namespace gw::loop
