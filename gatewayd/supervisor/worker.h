#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Worker: one supervised account over all its generations. Carries out what the restart policy
// says: spawns, watches, ends. At most one process exists at a time; the next one is spawned when
// the last was reaped and its socket read to the end. Owned by the Supervisor.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "gatewayd/supervisor/output_log.h"
#include "gatewayd/supervisor/restart_policy.h"
#include "gatewayd/supervisor/supervisor.h"
#include "gatewayd/supervisor/watchdog.h"
#include "ipc/link.h"
#include "ipc/phases.h"
#include "loop/loop.h"
#include "loop/process.h"

namespace gw::supervisor {

// What every worker of a supervisor shares.
struct WorkerHost {
    loop::Loop& loop;
    const base::Clock& clock;
    const config::Restart& restart;
    const std::string& worker_directory;
    Supervisor::Events& events;
    SupervisorStats& stats;
    OomWatch& oom_watch;
    std::function<std::uint64_t()> next_generation;
    std::function<void()> process_ended;
};

class Worker final : private ipc::WorkerLink::Events {
  public:
    Worker(const WorkerHost& host, WorkerId id);
    ~Worker() override;  // kills a process that still runs
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // start_wanted, stop_wanted, restart_wanted.
    void want(Event event) { happen(event); }

    void configure(std::uint64_t generation, const proto::Configure& settings);
    Result<void> send(const proto::CoreToWorker& message);
    void cut(std::uint64_t generation, const std::string& reason);
    void end(std::uint64_t generation, const std::string& reason);
    [[nodiscard]] std::size_t queued() const {
        return process_ && process_->link ? process_->link->queued() : 0;
    }

    [[nodiscard]] const WorkerStatus& status() const { return status_; }
    [[nodiscard]] WorkerVitals vitals() const;
    [[nodiscard]] bool has_process() const { return supervision_.has_process; }
    [[nodiscard]] int unreaped_pid() const;  // 0: none

  private:
    // One process and what we hold of it.
    struct Process {
        std::unique_ptr<loop::ChildProcess> child;
        std::unique_ptr<ipc::WorkerLink> link;
        std::unique_ptr<OutputLog> output;
        ipc::Phase phase = ipc::Phase::hello;
        bool is_configured = false;
        bool is_reaped = false;
        bool is_link_closed = false;
        bool has_had_a_turn = false;        // of the loop, after the wait for the other half
        bool is_over = false;               // on_ended() follows
        bool was_heard_out = true;          // nothing that it said was thrown away
        bool is_ended_for_us = false;       // through no fault of its own
        ExitClass why = ExitClass::failed;  // as known before the end; the exit status refines it
        std::string reason;
        loop::Exit exit;
        bool is_killed_by_us = false;  // SIGKILL, whatever for
        Watchdog watchdog;
        std::optional<std::chrono::microseconds> ping;
        std::int64_t last_progress_ms = 0;
    };

    void happen(Event event);
    void carry_out(const Action& action);
    void announce();

    void spawn();
    Result<void> spawn_process(Process& process);
    void on_spawn_failed(const Error& error);
    void on_exited(loop::Exit exit);
    void on_reaped_and_read();
    void on_ended();
    [[nodiscard]] ExitClass exit_class(const Process& process) const;
    ExitClass describe_end(const Process& process);

    void ask_to_end();
    void insist();
    void kill(ExitClass why, const std::string& reason);
    void watch();
    void watch_progress();
    void stop_watching();
    bool is_well(Watchdog::Verdict verdict);

    void on_message(proto::WorkerToCore& message) override;
    void on_link_closed(const Error& reason) override;
    void on_hello(const proto::Hello& hello);
    void on_ready();
    void on_pong();
    void on_progress_made();
    void on_link_changed(const proto::LinkChanged& changed);
    void block(const std::string& what_to_do);

    WorkerHost host_;
    Supervision supervision_;
    WorkerStatus status_;
    WorkerStatus announced_;
    std::unique_ptr<Process> process_;
    int end_step_ = 0;             // of ask, SIGTERM, SIGKILL
    loop::Timer retry_timer_;      // backoff and breaker
    loop::Timer end_timer_;        // the steps of an end; an end that does not come
    loop::Timer watch_timer_;      // while a process exists
    loop::Timer progress_timer_;   // while one is Ready that promised progress
    std::shared_ptr<bool> alive_;  // deferred steps may outlive us
};

}  // namespace gw::supervisor
