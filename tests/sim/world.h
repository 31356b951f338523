#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// World: one simulated machine. Time is virtual, everything random comes from one seed, and what
// happens is one list of events that are handled one after the other. Processes own events: those
// of a process that is killed never happen. The room loop/ is defined here a second time, in terms
// of a World (loop_sim.cc); so the product's own code runs in it unchanged.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "loop/process.h"
#include "tests/sim/random.h"

namespace gw::sim {

using Nanos = std::chrono::nanoseconds;
using ProcessId = int;  // 0: the world itself, which is never killed
using EventId = std::uint64_t;
using Step = std::function<void()>;

// What becomes of a process in the middle of a step: it ends as by a signal, or never gets any
// further. What it had written before is still read.
enum class Fate { crash, hang };

// What a process is made of; destroyed when it ends, however it ends.
class Program {
  public:
    virtual ~Program() = default;
    // Called once, in the new process.
    virtual void start() = 0;
};

class World final : public base::Clock {
  public:
    // Makes a program for the process that is being started; fd3 is its descriptor 3.
    using Programs = std::function<std::unique_ptr<Program>(const std::string& name, int fd3)>;

    explicit World(std::uint64_t seed);
    ~World() override;
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // The one that runs. There is one at a time.
    static World& current();

    Random random;
    Programs programs;

    // Time

    // Computing takes time: no two readings are the same.
    [[nodiscard]] base::SteadyTime steady() const override;
    [[nodiscard]] std::int64_t wall_ms() const override;
    // When the present step began, in whole milliseconds: what a loop takes for now, and counts its
    // timers from.
    [[nodiscard]] Nanos turn() const;
    [[nodiscard]] Nanos now() const { return now_; }

    // Calls step once, that much later, unless its process ends before. Steps of one moment happen
    // in the order they were asked for.
    EventId after(Nanos delay, ProcessId process, Step step);
    void cancel(EventId event);

    // Handles the next event; false when there is none.
    bool step();

    // Processes

    // Starts a process that runs name. exited is called in the parent once it was reaped.
    ProcessId spawn(ProcessId parent, const std::string& name, int fd3,
                    std::function<void(loop::Exit)> exited);
    // Ends it now, between two of its steps. Its descriptors close, what it had written stays.
    void kill(ProcessId process, int signal);
    // Ends it in an orderly way as soon as its present step is over.
    void exit(ProcessId process, int code);
    void signal(ProcessId process, int signal);
    // The present step has no effect from here on; its process suffers this when the step is over.
    void doom(Fate fate) { doomed_ = fate; }
    [[nodiscard]] bool is_doomed() const { return doomed_.has_value(); }
    // It does nothing, and knows nothing of it, until it is thawed or killed.
    void freeze(ProcessId process);
    void thaw(ProcessId process);
    [[nodiscard]] bool has_frozen() const;
    // Step is called for that signal instead of the process's end.
    void handle_signal(ProcessId process, int signal, std::function<void(int)> step);

    [[nodiscard]] bool is_alive(ProcessId process) const { return processes_.contains(process); }
    // Whose step is being handled.
    [[nodiscard]] ProcessId running() const { return running_; }
    [[nodiscard]] std::vector<ProcessId> alive(const std::string& name_prefix) const;
    [[nodiscard]] const std::string& name_of(ProcessId process) const;

    // What happened, for people; only when is_verbose.
    bool is_verbose = false;
    void note(const std::string& what) const;

    // A rule that must hold did not. Recorded once; the run ends.
    void fail(const std::string& what);
    [[nodiscard]] const std::string& failure() const { return failure_; }

    [[nodiscard]] std::uint64_t events_handled() const { return handled_; }

  private:
    struct Event {
        ProcessId process;
        Step step;
    };
    struct Turn {
        Nanos at;
        EventId id;
        bool operator>(const Turn& other) const {
            return at != other.at ? at > other.at : id > other.id;
        }
    };
    struct Process {
        std::string name;
        ProcessId parent = 0;
        std::unique_ptr<Program> program;
        std::function<void(loop::Exit)> exited;
        std::map<int, std::function<void(int)>> handlers;
        bool is_frozen = false;
        bool is_lost = false;            // in a step that never ends
        std::vector<EventId> held = {};  // events whose time came while it was frozen, in order
    };
    void end(ProcessId process, loop::Exit how);
    void handle(const Event& event);

    mutable Nanos now_{std::chrono::hours(1)};  // reading the clock takes time
    Nanos turn_{now_};
    EventId last_event_ = 0;
    ProcessId last_process_ = 1000;
    ProcessId running_ = 0;
    std::optional<Fate> doomed_;
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
    std::unordered_map<EventId, Event> events_;
    std::map<ProcessId, Process> processes_;
    std::string failure_;
    std::uint64_t handled_ = 0;
};

}  // namespace gw::sim
