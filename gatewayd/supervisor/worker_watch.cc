// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// How a worker's process is watched, and what it is seen to do.

#include <utility>

#include "gatewayd/supervisor/worker.h"

namespace gw::supervisor {

void Worker::watch() {
    // An old count would blame the out-of-memory killer for what comes much later.
    host_.oom_watch.look();
    // It said Hello and waits for us.
    if (process_->phase == ipc::Phase::configure && !process_->is_configured) return;
    Watchdog& watchdog = process_->watchdog;
    if (!is_well(watchdog.on_ping_due(host_.clock.steady())) || !watchdog.is_ready()) return;
    proto::CoreToWorker message;
    message.mutable_ping();
    static_cast<void>(process_->link->send(message));  // a full queue is silence too
}

void Worker::watch_progress() {
    is_well(process_->watchdog.on_progress_due());
}

bool Worker::is_well(Watchdog::Verdict verdict) {
    if (verdict == Watchdog::Verdict::well) return true;
    kill(ExitClass::hung, std::string(name(verdict)));
    return false;
}

void Worker::stop_watching() {
    watch_timer_.stop();
    progress_timer_.stop();
}

void Worker::on_pong() {
    const auto took = process_->watchdog.on_pong(host_.clock.steady());
    if (!took) return;
    process_->ping = took;
    host_.stats.ping_seconds.observe(*took);
}

void Worker::on_progress_made() {
    process_->last_progress_ms = host_.clock.wall_ms();
    process_->watchdog.on_progress();
}

WorkerVitals Worker::vitals() const {
    if (!process_) return {};
    const int pid = unreaped_pid();
    return {.ping = process_->ping,
            .last_progress_ms = process_->last_progress_ms,
            .usage = pid == 0 ? std::nullopt : read_usage(pid)};
}

int Worker::unreaped_pid() const {
    return process_ && process_->child && !process_->is_reaped ? process_->child->pid() : 0;
}

}  // namespace gw::supervisor
