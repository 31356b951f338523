// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The room loop/ once more, on a World instead of a kernel. Whoever links this gets no libuv: every
// name that the product uses of loop/ is defined here, against the same headers.

#include <algorithm>
#include <csignal>
#include <map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "loop/loop.h"
#include "loop/orphans.h"
#include "loop/process.h"
#include "loop/stream.h"
#include "tests/sim/sockets.h"
#include "tests/sim/world.h"

namespace gw::loop {

using sim::Sockets;
using sim::World;

struct Loop::State {
    sim::ProcessId process = World::current().running();
    std::vector<std::function<void()>> at_end;
};

Loop::Loop() : state_(std::make_unique<State>()) {}

Loop::~Loop() {
    for (const auto& step : state_->at_end)
        step();
}

Result<std::unique_ptr<Loop>> Loop::create() {
    return std::unique_ptr<Loop>(new Loop());
}

void Loop::stop() {
    World::current().exit(state_->process, 0);
}

base::SteadyTime Loop::now() const {
    return base::SteadyTime(World::current().turn());
}

void Loop::defer(std::function<void()> step) {
    World::current().after(sim::Nanos(1), state_->process, std::move(step));
}

void Loop::at_end(std::function<void()> step) {
    state_->at_end.push_back(std::move(step));
}

// Timer

struct Timer::State {
    sim::ProcessId process = World::current().running();
    std::function<void()> step;
    sim::EventId event = 0;
    std::chrono::milliseconds every{0};

    void arm(std::chrono::milliseconds after) {
        // libuv's timers have its milliseconds, so that they are up to one early.
        World& world = World::current();
        event = world.after(world.turn() + after - world.now(), process, [this] { due(); });
    }
    void due() {
        event = 0;
        if (every.count() > 0) arm(every);
        step();  // may destroy *this
    }
};

Timer::Timer(Loop&, std::function<void()> step) : state_(new State()) {
    state_->step = std::move(step);
}

Timer::~Timer() {
    stop();
    delete state_;
}

void Timer::start(std::chrono::milliseconds after) {
    stop();
    state_->arm(after);
}

void Timer::start_repeating(std::chrono::milliseconds every) {
    stop();
    state_->every = every;
    state_->arm(every);
}

void Timer::stop() {
    World::current().cancel(std::exchange(state_->event, 0));
    state_->every = {};
}

bool Timer::is_running() const {
    return state_->event != 0;
}

void Timer::unref() {}

// Signals

struct Signals::State {};

Signals::Signals(Loop&, std::initializer_list<int> signals, std::function<void(int)> step)
    : state_(nullptr) {
    World& world = World::current();
    for (const int signal : signals)
        world.handle_signal(world.running(), signal, step);
}

Signals::~Signals() = default;

// Stream

Result<StreamPair> open_stream_pair() {
    const auto [one, two] = Sockets::open();
    return StreamPair{base::Fd(one), base::Fd(two)};
}

struct Stream::State final : Sockets::Reader {
    int end = 0;
    Events* events = nullptr;
    std::size_t max_queued = 0;
    std::string queue;
    bool is_closed = false;
    bool was_full = false;
    bool* is_gone = nullptr;

    void on_bytes(std::string_view bytes) override { events->on_data(base::as_bytes(bytes)); }
    void on_end() override { finish({Errc::closed, "the other side closed"}); }
    void on_room() override { flush(); }

    void finish(const Error& why) {
        if (std::exchange(is_closed, true)) return;
        events->on_closed(why);
    }
    void flush() {
        if (is_closed) return;
        if (Sockets::is_broken(end)) return;  // the end of file follows
        queue.erase(0, Sockets::write(end, queue));
        if (was_full && queue.size() < max_queued / 2) {
            was_full = false;
            events->on_drained();
        }
    }
};

Stream::Stream(Loop&, base::Fd fd, Events& events, std::size_t max_queued_bytes)
    : state_(new State()) {
    state_->end = fd.release();
    state_->events = &events;
    state_->max_queued = max_queued_bytes;
    Sockets::attach(state_->end, *state_);
}

Stream::~Stream() {
    Sockets::close(state_->end);
    delete state_;
}

Result<void> Stream::write(base::ByteView bytes) {
    if (state_->is_closed) return fail(Errc::closed, "the stream is closed");
    if (state_->queue.size() + bytes.size() > state_->max_queued) {
        state_->was_full = true;
        return fail(Errc::limit_exceeded, "too much is queued");
    }
    state_->queue.append(base::as_text(bytes));
    state_->flush();
    return {};
}

void Stream::pause() {
    Sockets::pause(state_->end, true);
}

void Stream::resume() {
    Sockets::pause(state_->end, false);
}

std::size_t Stream::queued() const {
    return state_->queue.size();
}

// ChildProcess

struct ChildProcess::State {
    sim::ProcessId process = 0;
    std::shared_ptr<std::function<void(Exit)>> exited;  // emptied when nobody wants to know
};

ChildProcess::ChildProcess() : state_(new State()) {}

ChildProcess::~ChildProcess() {
    *state_->exited = {};
    delete state_;
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::spawn(Loop&, const Spawn& what,
                                                          std::function<void(Exit)> exited) {
    World& world = World::current();
    if (world.random.chance(0.002)) return fail(Errc::io, "no more processes");
    std::unique_ptr<ChildProcess> child(new ChildProcess());
    State& state = *child->state_;
    state.exited = std::make_shared<std::function<void(Exit)>>(std::move(exited));
    const std::string name = what.program.substr(what.program.rfind('/') + 1);
    state.process =
        world.spawn(world.running(), name, what.fd3, [exited = state.exited](Exit exit) {
            if (const auto step = std::exchange(*exited, {})) step(exit);
        });
    return child;
}

int ChildProcess::pid() const {
    return state_->process;
}

void ChildProcess::kill(int signal) {
    World::current().signal(state_->process, signal);
}

void ChildProcess::kill_group(int signal) {
    kill(signal);
}

// Orphans: no process here starts another one.

Orphans::Orphans(Loop& loop, std::function<void()>) : signals_(loop, {}, [](int) {}) {}

std::size_t Orphans::sweep(std::span<const int>) {
    return 0;
}

}  // namespace gw::loop
