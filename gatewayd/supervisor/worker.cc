// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/worker.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "base/utf8.h"

namespace gw::supervisor {

namespace {

using namespace std::chrono_literals;

// A stop: Shutdown, this long, SIGTERM to the group, this long, SIGKILL.
constexpr auto kShutdownPatience = 3s;
constexpr auto kTermPatience = 2s;
// After one half of an end (reaped, or socket closed) the other one comes at once, or never.
constexpr auto kOtherHalfPatience = 1s;

constexpr std::size_t kMaxDetailBytes = 512;
// No provider remembers our ids longer; a worker that says so is not believed.
constexpr std::chrono::milliseconds kMaxWindow = std::chrono::hours(24 * 30);
constexpr std::size_t kMaxSelfIdBytes = 512;

std::string who(const WorkerId& id) {
    return id.channel + "/" + id.account;
}

}  // namespace

Worker::Worker(const WorkerHost& host, WorkerId id)
    : host_(host),
      retry_timer_(host.loop, [this] { happen(Event::timer_due); }),
      end_timer_(host.loop, [this] { insist(); }),
      watch_timer_(host.loop, [this] { watch(); }),
      progress_timer_(host.loop, [this] { watch_progress(); }),
      alive_(std::make_shared<bool>(true)) {
    status_.id = std::move(id);
    announced_ = status_;
}

Worker::~Worker() {
    *alive_ = false;
    if (process_ && !process_->is_reaped) process_->child->kill_group(SIGKILL);
}

// Policy

void Worker::happen(Event event) {
    const Happening happening{
        .event = event, .now = host_.clock.steady(), .jitter = base::random_unit()};
    carry_out(next(supervision_, happening, host_.restart));
    announce();
}

void Worker::carry_out(const Action& action) {
    switch (action.kind) {
        case Action::Kind::none:
            if (supervision_.phase == Phase::stopped) retry_timer_.stop();
            return;
        case Action::Kind::spawn: return spawn();
        case Action::Kind::end_process: return ask_to_end();
        case Action::Kind::wait:
            log::info("supervisor", "worker waits to be started again",
                      {{"worker", who(status_.id)},
                       {"phase", name(supervision_.phase)},
                       {"after_ms", action.delay.count()}});
            status_.next_try_ms = host_.clock.wall_ms() + action.delay.count();
            return retry_timer_.start(action.delay);
    }
}

void Worker::announce() {
    if (status_.phase != supervision_.phase) status_.since_ms = host_.clock.wall_ms();
    status_.phase = supervision_.phase;
    if (!retry_timer_.is_running()) status_.next_try_ms = 0;
    if (status_ == announced_) return;
    announced_ = status_;
    host_.events.on_worker_changed(announced_);
}

// Beginning

void Worker::spawn() {
    retry_timer_.stop();
    status_.generation = host_.next_generation();
    status_.last_start_ms = host_.clock.wall_ms();
    status_.detail.clear();
    ++host_.stats.spawns;
    if (supervision_.failures > 0) {
        ++status_.restarts;
        ++host_.stats.restarts;
    }
    process_ = std::make_unique<Process>();
    end_step_ = 0;
    if (const auto spawned = spawn_process(*process_); !spawned) {
        return on_spawn_failed(spawned.error());
    }
    status_.pid = process_->child->pid();
    watch_timer_.start_repeating(Watchdog::kPingEvery);
    log::info(
        "supervisor", "worker started",
        {{"worker", who(status_.id)}, {"pid", status_.pid}, {"generation", status_.generation}});
}

Result<void> Worker::spawn_process(Process& process) {
    TRY(auto link, loop::open_stream_pair());
    TRY(auto output, loop::open_stream_pair());
    const loop::Spawn what{.program = host_.worker_directory + "/gatewayd-" + status_.id.channel,
                           .args = {},
                           // Nothing of our own environment: it may hold secrets.
                           .env = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC"},
                           .fd3 = link.theirs.get(),
                           .output = output.theirs.get()};
    TRY(process.child,
        loop::ChildProcess::spawn(host_.loop, what, [this](auto exit) { on_exited(exit); }));
    // Not make_unique: that one may not see our private base.
    process.link.reset(new ipc::WorkerLink(host_.loop, std::move(link.ours), *this));
    process.output = std::make_unique<OutputLog>(host_.loop, host_.clock, std::move(output.ours),
                                                 who(status_.id));
    return {};
}

// Comes back through the loop: with delays of zero the next try would else be made from inside this
// one.
void Worker::on_spawn_failed(const Error& error) {
    process_->why = ExitClass::failed;
    process_->reason = error.message;
    process_->is_reaped = true;
    process_->is_link_closed = true;
    on_reaped_and_read();
}

// Conversation

void Worker::on_message(proto::WorkerToCore& message) {
    using proto::WorkerToCore;
    if (!ipc::permitted(process_->phase, message.body_case())) {
        return process_->link->cut("message not permitted now");
    }
    switch (message.body_case()) {
        case WorkerToCore::kHello: return on_hello(message.hello());
        case WorkerToCore::kReady: return on_ready();
        case WorkerToCore::kLinkChanged: return on_link_changed(message.link_changed());
        case WorkerToCore::kPong: return on_pong();
        case WorkerToCore::kProgressMade: return on_progress_made();
        case WorkerToCore::kMessageReceived:
        case WorkerToCore::kAttemptStarted:
        case WorkerToCore::kSendDone:
        case WorkerToCore::kSendFailed:
        case WorkerToCore::kGapNoticed:
        case WorkerToCore::kEventStarted:
        case WorkerToCore::kEventSkipped:
        case WorkerToCore::kEventPassed:
        case WorkerToCore::kSentLookedUp:
        case WorkerToCore::kStatePut:
        case WorkerToCore::kStateGet:
        case WorkerToCore::kHttpReply:
        case WorkerToCore::kMessageChanged:
        case WorkerToCore::kMediaChunk:
        case WorkerToCore::kMediaCredit:
            return host_.events.on_worker_message(status_.id, status_.generation, message);
        case WorkerToCore::BODY_NOT_SET: return process_->link->cut("empty envelope");
    }
}

void Worker::on_hello(const proto::Hello& hello) {
    if (hello.protocol() != ipc::kProtocol || hello.build_id() != ipc::build_id()) {
        return block("upgraded on disk, restart gatewayd");
    }
    process_->phase = ipc::Phase::configure;
    const proto::Capabilities& said = hello.capabilities();
    const std::chrono::milliseconds window(
        std::min<std::uint64_t>(said.client_id_window_ms(), kMaxWindow.count()));
    status_.capabilities = {.client_id_window = window,
                            .can_look_up = said.can_look_up(),
                            .max_poll_options = said.max_poll_options(),
                            .can_edit = said.can_edit(),
                            .can_react = said.can_react(),
                            .can_delete = said.can_delete(),
                            .can_show_typing = said.can_show_typing()};
    process_->watchdog.on_hello(hello.capabilities().progress_interval_ms());
    happen(Event::hello);
    host_.events.on_worker_hello(status_.id, status_.generation);
}

void Worker::on_ready() {
    process_->phase = ipc::Phase::open;
    process_->watchdog.on_ready();
    if (const auto interval = process_->watchdog.progress_interval()) {
        progress_timer_.start_repeating(*interval);
    }
    happen(Event::ready);
}

void Worker::on_link_changed(const proto::LinkChanged& changed) {
    if (changed.self_id().size() > kMaxSelfIdBytes) return process_->link->cut("self id too long");
    const std::string detail(base::utf8_prefix(changed.detail(), kMaxDetailBytes));
    if (changed.state() == proto::LINK_STATE_BLOCKED) return block(detail);
    const bool is_connected = changed.state() == proto::LINK_STATE_CONNECTED;
    if (!is_connected && changed.state() != proto::LINK_STATE_CONNECTING) {
        return process_->link->cut("unknown link state");
    }
    process_->watchdog.on_connected(is_connected);
    status_.detail = detail;
    if (is_connected) {
        status_.self_id = changed.self_id();
        status_.last_error.clear();
    }
    happen(is_connected ? Event::link_connected : Event::link_lost);
}

void Worker::block(const std::string& what_to_do) {
    log::warn("supervisor", "worker is blocked: a human is needed",
              {{"worker", who(status_.id)}, {"detail", what_to_do}});
    process_->why = ExitClass::blocked;
    status_.detail = what_to_do;
    status_.last_error = what_to_do;
    happen(Event::blocked);
}

void Worker::configure(std::uint64_t generation, const proto::Configure& settings) {
    if (!process_ || status_.generation != generation) return;
    process_->is_configured = true;
    proto::CoreToWorker message;
    *message.mutable_configure() = settings;
    message.mutable_configure()->set_generation(generation);
    message.mutable_configure()->set_channel(status_.id.channel);
    message.mutable_configure()->set_account(status_.id.account);
    // A link that takes nothing is closing, which is dealt with there.
    static_cast<void>(process_->link->send(message));
}

Result<void> Worker::send(const proto::CoreToWorker& message) {
    if (!process_ || process_->is_link_closed || process_->phase != ipc::Phase::open) {
        return fail(Errc::unavailable, "the worker is not running");
    }
    return process_->link->send(message);
}

void Worker::cut(std::uint64_t generation, const std::string& reason) {
    if (!process_ || process_->is_link_closed || status_.generation != generation) return;
    process_->link->cut(reason);
}

// End

// What it says until it is dead is still heard, AttemptStarted above all.
void Worker::end(std::uint64_t generation, const std::string& reason) {
    if (!process_ || process_->is_reaped || status_.generation != generation) return;
    process_->is_ended_for_us = true;
    kill(process_->why, reason);
}

void Worker::ask_to_end() {
    if (process_->is_reaped) return;  // it could not be spawned, or just ended by itself
    if (process_->why != ExitClass::blocked) process_->why = ExitClass::asked_to_stop;
    stop_watching();
    proto::CoreToWorker message;
    message.mutable_shutdown();
    // Before its Hello, or with another build's, a worker has nothing to finish and may not listen.
    const bool is_told =
        process_->phase != ipc::Phase::hello && process_->link->send(message).has_value();
    end_timer_.start(is_told ? std::chrono::milliseconds(kShutdownPatience) : 0ms);
}

// The next, less polite step of an end; and the last resort when half of an end is missing.
void Worker::insist() {
    if (process_->is_reaped) {
        // The loop may have been held up all the while. A timer of zero would be due before it
        // polls again, one of a millisecond is behind that: what is in the socket is read by then.
        if (!std::exchange(process_->has_had_a_turn, true)) return end_timer_.start(1ms);
        // Somebody else holds the worker's end of the socket. What it said last has been read.
        process_->is_link_closed = true;
        return on_reaped_and_read();
    }
    const bool is_first = end_step_++ == 0;
    log::warn("supervisor", "worker does not end, signalling it",
              {{"worker", who(status_.id)}, {"signal", is_first ? "TERM" : "KILL"}});
    process_->is_killed_by_us = !is_first;
    process_->child->kill_group(is_first ? SIGTERM : SIGKILL);
    if (is_first) end_timer_.start(kTermPatience);
}

void Worker::kill(ExitClass why, const std::string& reason) {
    process_->why = why;
    process_->reason = reason;
    process_->is_killed_by_us = true;
    stop_watching();
    process_->child->kill_group(SIGKILL);
}

void Worker::on_link_closed(const Error& reason) {
    process_->is_link_closed = true;
    process_->was_heard_out = reason.code == Errc::closed;
    if (process_->is_reaped) return on_reaped_and_read();
    const bool is_violation =
        reason.code == Errc::invalid_input || reason.code == Errc::limit_exceeded;
    if (is_violation) return kill(ExitClass::protocol_violation, reason.message);
    // It is ending, or lives on without us: then it is made to end.
    if (process_->why == ExitClass::failed) end_timer_.start(kOtherHalfPatience);
}

void Worker::on_exited(loop::Exit exit) {
    process_->exit = exit;
    process_->is_reaped = true;
    status_.pid = 0;
    end_timer_.stop();
    if (process_->is_link_closed) return on_reaped_and_read();
    // What it wrote before it died is still in the socket.
    end_timer_.start(kOtherHalfPatience);
}

// Everything this process had to say was heard. Its objects go on a later turn: their own callbacks
// may be what led here.
void Worker::on_reaped_and_read() {
    if (std::exchange(process_->is_over, true)) return;
    end_timer_.stop();
    stop_watching();
    host_.loop.defer([this, alive = alive_] {
        if (*alive) on_ended();
    });
}

void Worker::on_ended() {
    const ExitClass exit = describe_end(*process_);
    const bool was_heard_out = process_->was_heard_out;
    process_.reset();
    status_.pid = 0;
    status_.self_id.clear();
    status_.last_stop_ms = host_.clock.wall_ms();
    if (supervision_.phase != Phase::blocked) status_.detail.clear();
    host_.events.on_worker_gone(status_.id, status_.generation,
                                {.exit = exit, .was_heard_out = was_heard_out});
    happen(Event::ended);
    host_.process_ended();
}

// What was known before the end, refined by how the process went.
ExitClass Worker::exit_class(const Process& process) const {
    const bool is_known = process.why != ExitClass::failed || process.is_ended_for_us;
    if (is_known || process.exit.signal == 0) return process.why;
    const bool is_killed = process.exit.signal == SIGKILL && !process.is_killed_by_us;
    return is_killed && host_.oom_watch.has_killed() ? ExitClass::out_of_memory
                                                     : ExitClass::crashed;
}

// Returns exit_class().
ExitClass Worker::describe_end(const Process& process) {
    const ExitClass why = exit_class(process);
    std::string reason = process.reason;
    if (why == ExitClass::out_of_memory) {
        reason = "killed by the kernel, which had no memory left";
    } else if (why == ExitClass::crashed) {
        reason = "signal " + std::to_string(process.exit.signal) + " (" +
                 ::strsignal(process.exit.signal) + ")";
    } else if (why == ExitClass::failed && reason.empty()) {
        reason = "exit code " + std::to_string(process.exit.code);
    }
    const bool is_wanted = why == ExitClass::asked_to_stop || why == ExitClass::blocked;
    log::write(is_wanted ? log::Level::info : log::Level::warn, "supervisor", "worker ended",
               {{"worker", who(status_.id)},
                {"generation", status_.generation},
                {"exit", name(why)},
                {"reason", reason}});
    switch (why) {
        case ExitClass::crashed: ++host_.stats.crashed; break;
        case ExitClass::failed: ++host_.stats.failed; break;
        case ExitClass::hung: ++host_.stats.hung; break;
        case ExitClass::out_of_memory: ++host_.stats.out_of_memory; break;
        case ExitClass::protocol_violation: ++host_.stats.protocol_violations; break;
        case ExitClass::asked_to_stop:
        case ExitClass::blocked: return why;
    }
    status_.last_error = std::string(name(why)) + ": " + reason;
    return why;
}

}  // namespace gw::supervisor
