// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "tests/sim/world.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

#include "base/check.h"
#include "tests/sim/sockets.h"

namespace gw::sim {

namespace {

using namespace std::chrono_literals;

World* current_world = nullptr;

constexpr std::int64_t kWallAtZeroMs = 1'700'000'000'000;
// What it takes to ask for the time, and what comes before one asks.
constexpr Nanos kReading = 50us;

}  // namespace

World::World(std::uint64_t seed) : random(seed) {
    GW_ASSERT(current_world == nullptr, "there is one world at a time");
    current_world = this;
    Sockets::reset();
}

World::~World() {
    // Children after their parents, whose ends may still speak of them.
    while (!processes_.empty()) {
        const auto first = processes_.begin();
        running_ = first->first;
        const std::unique_ptr<Program> program = std::move(first->second.program);
        processes_.erase(first);
    }
    events_.clear();
    current_world = nullptr;
}

World& World::current() {
    GW_ASSERT(current_world != nullptr, "a simulated room needs a world");
    return *current_world;
}

base::SteadyTime World::steady() const {
    now_ += kReading;
    return base::SteadyTime(now_);
}

Nanos World::turn() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(turn_);
}

std::int64_t World::wall_ms() const {
    return kWallAtZeroMs + std::chrono::duration_cast<std::chrono::milliseconds>(now_).count();
}

EventId World::after(Nanos delay, ProcessId process, Step step) {
    const EventId id = ++last_event_;
    if (is_doomed()) return id;
    turns_.push({now_ + delay, id});
    events_.emplace(id, Event{process, std::move(step)});
    return id;
}

void World::cancel(EventId event) {
    events_.erase(event);
}

bool World::step() {
    while (!turns_.empty()) {
        const Turn turn = turns_.top();
        turns_.pop();
        const auto found = events_.find(turn.id);
        if (found == events_.end()) continue;
        const auto process = processes_.find(found->second.process);
        if (process != processes_.end() && process->second.is_frozen) {
            process->second.held.push_back(turn.id);
            continue;
        }
        const Event event = std::move(found->second);
        events_.erase(found);
        if (event.process != 0 && !is_alive(event.process)) continue;
        now_ = std::max(now_, turn.at);
        turn_ = now_;
        handle(event);
        ++handled_;
        return true;
    }
    return false;
}

void World::handle(const Event& event) {
    running_ = event.process;
    event.step();
    running_ = 0;
    const auto fate = std::exchange(doomed_, {});
    if (!fate) return;
    if (*fate == Fate::crash) return kill(event.process, SIGSEGV);
    note("hangs");
    processes_.at(event.process).is_frozen = true;
    processes_.at(event.process).is_lost = true;
}

ProcessId World::spawn(ProcessId parent, const std::string& name, int fd3,
                       std::function<void(loop::Exit)> exited) {
    const ProcessId id = ++last_process_;
    Process& process = processes_[id];
    process.name = name;
    process.parent = parent;
    process.exited = std::move(exited);
    Sockets::give(fd3, id);
    note("starts " + name + " as " + std::to_string(id));
    after(random.between(300us, 5ms), id, [this, id, name, fd3] {
        Process& started = processes_.at(id);
        started.program = programs(name, fd3);
        started.program->start();
    });
    return id;
}

void World::kill(ProcessId process, int signal) {
    if (is_alive(process)) end(process, {.code = 0, .signal = signal});
}

void World::exit(ProcessId process, int code) {
    after(0ns, 0, [this, process, code] {
        if (is_alive(process)) end(process, {.code = code, .signal = 0});
    });
}

void World::signal(ProcessId process, int signal) {
    after(random.between(1us, 100us), 0, [this, process, signal] {
        const auto found = processes_.find(process);
        if (found == processes_.end()) return;
        const auto handler = found->second.handlers.find(signal);
        if (signal == SIGKILL || handler == found->second.handlers.end()) {
            return kill(process, signal);
        }
        after(random.between(1us, 1ms), process,
              [step = handler->second, signal] { step(signal); });
    });
}

void World::freeze(ProcessId process) {
    const auto found = processes_.find(process);
    if (found == processes_.end()) return;
    note("freezes " + found->second.name);
    found->second.is_frozen = true;
}

void World::thaw(ProcessId process) {
    const auto found = processes_.find(process);
    if (found == processes_.end() || !found->second.is_frozen) return;
    if (found->second.is_lost) return;
    note("thaws " + found->second.name);
    found->second.is_frozen = false;
    Nanos at = now_;
    for (const EventId event : std::exchange(found->second.held, {})) {
        turns_.push({at, event});
        at += Nanos(1);
    }
}

bool World::has_frozen() const {
    return std::any_of(processes_.begin(), processes_.end(),
                       [](const auto& one) { return one.second.is_frozen; });
}

void World::handle_signal(ProcessId process, int signal, std::function<void(int)> step) {
    if (is_alive(process)) processes_.at(process).handlers[signal] = std::move(step);
}

// What the kernel does: descriptors close, children die with their parent, the parent hears of it.
void World::end(ProcessId id, loop::Exit how) {
    note("ends " + name_of(id) + ' ' + std::to_string(id) + ", signal " +
         std::to_string(how.signal) + ", code " + std::to_string(how.code));
    auto node = processes_.extract(id);
    Process& process = node.mapped();
    const ProcessId before = std::exchange(running_, id);
    process.program.reset();
    running_ = before;
    Sockets::close_all_of(id);
    std::vector<ProcessId> children;
    for (const auto& [child, one] : processes_) {
        if (one.parent == id) children.push_back(child);
    }
    for (const ProcessId child : children)
        kill(child, SIGKILL);
    if (process.parent == 0 || !process.exited) return;
    after(random.between(10us, 3ms), process.parent,
          [exited = std::move(process.exited), how] { exited(how); });
}

std::vector<ProcessId> World::alive(const std::string& name_prefix) const {
    std::vector<ProcessId> found;
    for (const auto& [id, process] : processes_) {
        if (process.name.starts_with(name_prefix)) found.push_back(id);
    }
    return found;
}

const std::string& World::name_of(ProcessId process) const {
    static const std::string nobody = "nobody";
    const auto found = processes_.find(process);
    return found == processes_.end() ? nobody : found->second.name;
}

void World::note(const std::string& what) const {
    if (!is_verbose) return;
    std::printf("%12.6f  %-5d  %s\n", std::chrono::duration<double>(now_).count() - 3600.0,
                running_, what.c_str());
}

void World::fail(const std::string& what) {
    note("BROKEN: " + what);
    if (failure_.empty()) failure_ = what;
}

}  // namespace gw::sim
