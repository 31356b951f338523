// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/supervisor.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "gatewayd/supervisor/worker.h"

namespace gw::supervisor {

Supervisor::Supervisor(loop::Loop& loop, const base::Clock& clock, const config::Restart& restart,
                       std::string worker_directory, Events& events)
    : loop_(loop),
      clock_(clock),
      restart_(restart),
      worker_directory_(std::move(worker_directory)),
      events_(events),
      oom_watch_(oom_counter_file(base::read_file("/proc/self/cgroup").value_or(std::string()))),
      orphans_(loop, [this] { on_process_ended(); }),
      stop_timer_(loop, [this] { on_stop_overdue(); }) {}

Supervisor::~Supervisor() = default;

void Supervisor::start(const WorkerId& id) {
    if (!is_ending_) worker(id).want(Event::start_wanted);
}

void Supervisor::stop(const WorkerId& id) {
    if (Worker* found = find_worker(id)) found->want(Event::stop_wanted);
}

void Supervisor::restart(const WorkerId& id) {
    if (!is_ending_) worker(id).want(Event::restart_wanted);
}

void Supervisor::stop_all(std::function<void()> done) {
    is_ending_ = true;
    all_stopped_ = std::move(done);
    stop_timer_.start(kStopBound);
    for (const auto& [id, one] : workers_)
        one->want(Event::stop_wanted);
    on_process_ended();
}

void Supervisor::configure(const WorkerId& id, std::uint64_t generation,
                           const proto::Configure& settings) {
    if (Worker* found = find_worker(id)) found->configure(generation, settings);
}

Result<void> Supervisor::send(const WorkerId& id, const proto::CoreToWorker& message) {
    Worker* found = find_worker(id);
    if (found == nullptr) return fail(Errc::unavailable, "the worker was never started");
    return found->send(message);
}

std::size_t Supervisor::queued(const WorkerId& id) const {
    const Worker* found = find_worker(id);
    return found == nullptr ? 0 : found->queued();
}

void Supervisor::end(const WorkerId& id, std::uint64_t generation, const std::string& reason) {
    if (Worker* found = find_worker(id)) found->end(generation, reason);
}

void Supervisor::cut(const WorkerId& id, std::uint64_t generation, const std::string& reason) {
    if (Worker* found = find_worker(id)) found->cut(generation, reason);
}

WorkerStatus Supervisor::status(const WorkerId& id) const {
    if (const auto it = workers_.find(id); it != workers_.end()) return it->second->status();
    WorkerStatus stopped;
    stopped.id = id;
    return stopped;
}

Phase Supervisor::phase(const WorkerId& id) const {
    const Worker* found = find_worker(id);
    return found == nullptr ? Phase::stopped : found->status().phase;
}

std::optional<WorkerCapabilities> Supervisor::find_capabilities(const WorkerId& id) const {
    const Worker* found = find_worker(id);
    return found == nullptr ? std::nullopt : found->status().capabilities;
}

WorkerVitals Supervisor::vitals(const WorkerId& id) const {
    const Worker* found = find_worker(id);
    return found == nullptr ? WorkerVitals() : found->vitals();
}

SupervisorStats Supervisor::stats() const {
    SupervisorStats stats = stats_;
    stats.processes = count_processes();
    return stats;
}

Worker& Supervisor::worker(const WorkerId& id) {
    auto& slot = workers_[id];
    if (!slot) {
        const WorkerHost host{.loop = loop_,
                              .clock = clock_,
                              .restart = restart_,
                              .worker_directory = worker_directory_,
                              .events = events_,
                              .stats = stats_,
                              .oom_watch = oom_watch_,
                              .next_generation = [this] { return next_generation(); },
                              .process_ended = [this] { on_process_ended(); }};
        slot = std::make_unique<Worker>(host, id);
    }
    return *slot;
}

Worker* Supervisor::find_worker(const WorkerId& id) const {
    const auto it = workers_.find(id);
    return it == workers_.end() ? nullptr : it->second.get();
}

// Ascends across restarts of the gateway too: workers number events by generation where the network
// has no ids, and those numbers must never come twice.
std::uint64_t Supervisor::next_generation() {
    last_generation_ = std::max(last_generation_ + 1, static_cast<std::uint64_t>(clock_.wall_ms()));
    return last_generation_;
}

std::size_t Supervisor::count_processes() const {
    return static_cast<std::size_t>(
        std::count_if(workers_.begin(), workers_.end(),
                      [](const auto& one) { return one.second->has_process(); }));
}

// Kills what workers left behind; our own children are those of the workers.
std::size_t Supervisor::sweep_orphans() {
    std::vector<int> ours;
    for (const auto& [id, one] : workers_) {
        if (const int pid = one->unreaped_pid(); pid != 0) ours.push_back(pid);
    }
    return orphans_.sweep(ours);
}

void Supervisor::on_process_ended() {
    const std::size_t orphans = sweep_orphans();
    if (!all_stopped_ || count_processes() > 0 || orphans > 0) return;
    stop_timer_.stop();
    loop_.defer(std::exchange(all_stopped_, {}));
}

// Only a process that the kernel cannot end leads here.
void Supervisor::on_stop_overdue() {
    log::error("supervisor", "workers do not end", {{"processes", count_processes()}});
    if (all_stopped_) loop_.defer(std::exchange(all_stopped_, {}));
}

}  // namespace gw::supervisor
