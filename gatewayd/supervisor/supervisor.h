#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Supervisor: starts, watches, restarts and stops the worker processes, one per account, and holds
// the core's end of their sockets. Lives on the core's loop. Knows the contract's frame (Hello,
// Configure, Ready, LinkChanged, Ping, Shutdown) and hands every other message to its owner; never
// looks at what is sent or received.

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/result.h"
#include "gatewayd/config/config.h"
#include "gatewayd/supervisor/oom_watch.h"
#include "gatewayd/supervisor/process_usage.h"
#include "gatewayd/supervisor/restart_policy.h"
#include "loop/loop.h"
#include "loop/orphans.h"
#include "proto/core_to_worker.pb.h"
#include "proto/worker_to_core.pb.h"

namespace gw::supervisor {

class Worker;

struct WorkerId {
    std::string channel;
    std::string account;
    auto operator<=>(const WorkerId&) const = default;
};

// What a worker says in its Hello about its network; see Capabilities in proto/.
struct WorkerCapabilities {
    std::chrono::milliseconds client_id_window{0};
    bool can_look_up = false;
    std::uint32_t max_poll_options = 0;  // 0: no polls
    bool can_edit = false;
    bool can_react = false;
    bool can_delete = false;
    bool can_show_typing = false;

    bool operator==(const WorkerCapabilities&) const = default;
};

struct WorkerStatus {
    WorkerId id;
    Phase phase = Phase::stopped;
    std::int64_t since_ms = 0;     // of this phase; 0: from the beginning
    std::int64_t next_try_ms = 0;  // in backoff and breaker_open: when it is started again
    std::string detail;            // what the worker said about its connection, or what to do
    std::string self_id;           // the account's own id on its network, once known
    int pid = 0;                   // 0: no process
    std::uint64_t generation = 0;  // of the present or last spawn
    std::optional<WorkerCapabilities> capabilities;  // as last said; nothing before the first Hello
    std::uint64_t restarts = 0;                      // spawns that nobody asked for
    std::int64_t last_start_ms = 0;
    std::int64_t last_stop_ms = 0;
    std::string last_error;  // how it last ended by itself; empty after a healthy connection

    bool operator==(const WorkerStatus&) const = default;
};

// What changes without being news.
struct WorkerVitals {
    std::optional<std::chrono::microseconds> ping;  // the last answered one of this process
    std::int64_t last_progress_ms = 0;              // on its network, as it says; 0: it said none
    std::optional<ProcessUsage> usage;              // nothing without a process

    bool operator==(const WorkerVitals&) const = default;
};

struct SupervisorStats {
    std::uint64_t spawns = 0;
    std::uint64_t restarts = 0;
    std::uint64_t crashed = 0;
    std::uint64_t failed = 0;
    std::uint64_t hung = 0;
    std::uint64_t out_of_memory = 0;
    std::uint64_t protocol_violations = 0;
    std::size_t processes = 0;  // alive now
    base::Histogram ping_seconds;
};

// How a process ended.
struct WorkerEnd {
    ExitClass exit = ExitClass::failed;
    // It was listened to until its socket was closed. False when it was cut off: what it said last,
    // AttemptStarted for one, may be lost.
    bool was_heard_out = true;
};

class Supervisor {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        // The worker's status is another one now.
        virtual void on_worker_changed(const WorkerStatus& status) = 0;
        // The worker said Hello: answer with configure(), soon.
        virtual void on_worker_hello(const WorkerId& id, std::uint64_t generation) = 0;
        // A message that is the owner's business, permitted in the worker's phase.
        virtual void on_worker_message(const WorkerId& id, std::uint64_t generation,
                                       proto::WorkerToCore& message) = 0;
        // The process was reaped and its socket read to the end or cut: nothing of this
        // generation follows.
        virtual void on_worker_gone(const WorkerId& id, std::uint64_t generation,
                                    const WorkerEnd& end) = 0;
    };

    // Programs are <worker_directory>/gatewayd-<channel>.
    Supervisor(loop::Loop& loop, const base::Clock& clock, const config::Restart& restart,
               std::string worker_directory, Events& events);
    // Kills what is still running.
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    // Starts the worker, now or as soon as its predecessor is gone. Starting a running one changes
    // nothing; a blocked one, or one that waits, gets another try at once.
    void start(const WorkerId& id);
    void stop(const WorkerId& id);
    void restart(const WorkerId& id);

    // Stops all, side by side. done is called once, when no process is left, nor any that a worker
    // left behind; after kStopBound it is called whatever is left.
    static constexpr std::chrono::milliseconds kStopBound{5'800};
    void stop_all(std::function<void()> done);

    // Answers a Hello. Ignored when that generation is gone.
    void configure(const WorkerId& id, std::uint64_t generation, const proto::Configure& settings);

    // Errc::unavailable when the worker is not Ready, or gone.
    Result<void> send(const WorkerId& id, const proto::CoreToWorker& message);

    // Bytes that wait for the worker to read them; 0 without one.
    [[nodiscard]] std::size_t queued(const WorkerId& id) const;

    // Ends a worker because we cannot go on with it. What it says until it is dead is still heard.
    void end(const WorkerId& id, std::uint64_t generation, const std::string& reason);

    // Ends a worker that broke the contract in a way that only the owner could see. Nothing that it
    // says is heard any more.
    void cut(const WorkerId& id, std::uint64_t generation, const std::string& reason);

    // The status of a worker that was started once; a stopped one otherwise.
    [[nodiscard]] WorkerStatus status(const WorkerId& id) const;
    [[nodiscard]] Phase phase(const WorkerId& id) const;
    // Nothing before the worker's first Hello to this process.
    [[nodiscard]] std::optional<WorkerCapabilities> find_capabilities(const WorkerId& id) const;
    // Reads /proc: for those who ask, not for each message.
    [[nodiscard]] WorkerVitals vitals(const WorkerId& id) const;
    [[nodiscard]] SupervisorStats stats() const;

  private:
    Worker& worker(const WorkerId& id);
    [[nodiscard]] Worker* find_worker(const WorkerId& id) const;
    std::uint64_t next_generation();
    [[nodiscard]] std::size_t count_processes() const;
    std::size_t sweep_orphans();
    void on_process_ended();
    void on_stop_overdue();

    loop::Loop& loop_;
    const base::Clock& clock_;
    config::Restart restart_;
    std::string worker_directory_;
    Events& events_;
    SupervisorStats stats_;
    std::uint64_t last_generation_ = 0;
    bool is_ending_ = false;  // stop_all was called: nothing starts any more
    std::function<void()> all_stopped_;
    OomWatch oom_watch_;
    loop::Orphans orphans_;
    loop::Timer stop_timer_;  // the bound of stop_all
    std::map<WorkerId, std::unique_ptr<Worker>> workers_;
};

}  // namespace gw::supervisor
