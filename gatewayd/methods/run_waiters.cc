// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/methods/run_waiters.h"

#include <algorithm>

namespace gw::methods {

std::string agent_result(const agents::RunFinished& run) {
    std::string payload;
    json::Writer w(payload);
    w.begin_object().field("runId", run.run_id).field("status", run.ok ? "ok" : "error");
    w.field("summary", run.summary);
    if (run.ok) {
        w.key("result").begin_object().key("payloads").begin_array();
        w.begin_object().field("text", run.text).key("mediaUrl").null().end_object();
        w.end_array().key("meta").begin_object().end_object().end_object();
    }
    w.end_object();
    return payload;
}

RunWaiters::RunWaiters(loop::Loop& loop, const base::Clock& clock)
    : clock_(clock), timer_(loop, [this] { on_deadlines(); }) {}

Result<void> RunWaiters::wait_for_result(const std::string& run_id, Reply reply) {
    if (waiters_.size() >= kMaxWaiting) {
        return fail(Errc::limit_exceeded, "too many requests are waiting for runs");
    }
    if (const auto known = by_id_.find(run_id); known != by_id_.end()) {
        Waiter waiter{run_id, std::move(reply), true, {}};
        answer(waiter, *known->second);
        return {};
    }
    waiters_.push_back({run_id, std::move(reply), true, base::SteadyTime::max()});
    return {};
}

Result<void> RunWaiters::wait_for_end(const std::string& run_id, std::chrono::milliseconds timeout,
                                      Reply reply) {
    if (waiters_.size() >= kMaxWaiting) {
        return fail(Errc::limit_exceeded, "too many requests are waiting for runs");
    }
    forget_old();
    Waiter waiter{run_id, std::move(reply), false, clock_.steady() + timeout};
    if (const auto known = by_id_.find(run_id); known != by_id_.end()) {
        answer(waiter, *known->second);
        return {};
    }
    waiters_.push_back(std::move(waiter));
    arm();
    return {};
}

void RunWaiters::on_run_finished(const agents::RunFinished& run) {
    forget_old();
    if (const auto known = by_id_.find(run.run_id); known != by_id_.end()) {
        finished_.erase(known->second);
        by_id_.erase(known);
    }
    finished_.push_back({run, clock_.wall_ms()});
    by_id_.emplace(run.run_id, std::prev(finished_.end()));
    for (auto it = waiters_.begin(); it != waiters_.end();) {
        if (it->run_id != run.run_id) {
            ++it;
            continue;
        }
        answer(*it, finished_.back());
        it = waiters_.erase(it);
    }
}

void RunWaiters::answer(Waiter& waiter, const Finished& finished) {
    if (waiter.wants_result) {
        const std::string payload = agent_result(finished.run);
        if (finished.run.ok) return waiter.reply.ok(payload);
        return waiter.reply.fail(unavailable(finished.run.summary), payload);
    }
    std::string payload;
    json::Writer w(payload);
    w.begin_object()
        .field("runId", waiter.run_id)
        .field("status", finished.run.ok ? "ok" : "error")
        .field("endedAt", finished.ended_ms);
    if (!finished.run.ok) w.field("error", finished.run.summary);
    w.end_object();
    waiter.reply.ok(payload);
}

void RunWaiters::on_deadlines() {
    const base::SteadyTime now = clock_.steady();
    for (auto it = waiters_.begin(); it != waiters_.end();) {
        if (it->deadline > now) {
            ++it;
            continue;
        }
        std::string payload;
        json::Writer(payload)
            .begin_object()
            .field("runId", it->run_id)
            .field("status", "timeout")
            .end_object();
        it->reply.ok(payload);
        it = waiters_.erase(it);
    }
    arm();
}

void RunWaiters::arm() {
    base::SteadyTime next = base::SteadyTime::max();
    for (const Waiter& waiter : waiters_)
        next = std::min(next, waiter.deadline);
    if (next == base::SteadyTime::max()) return timer_.stop();
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - clock_.steady());
    timer_.start(std::max(wait, std::chrono::milliseconds(1)));
}

void RunWaiters::forget_old() {
    const std::int64_t oldest = clock_.wall_ms() - kKeepFinishedMs;
    while (!finished_.empty() &&
           (finished_.size() > kMaxFinished || finished_.front().ended_ms < oldest)) {
        by_id_.erase(finished_.front().run.run_id);
        finished_.pop_front();
    }
}

}  // namespace gw::methods
