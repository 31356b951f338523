// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/changes.h"

#include <utility>

#include "base/utf8.h"
#include "ipc/limits.h"

namespace gw::channels {

namespace {

constexpr std::size_t kMaxReasonBytes = 1024;
// No provider asks to come back later than this.
constexpr std::chrono::milliseconds kMaxRetryAfter = std::chrono::minutes(10);

}  // namespace

Changes::Asked::Asked(loop::Loop& loop) : calls(loop, ipc::kMaxChangeCalls) {}

Changes::Changes(loop::Loop& loop, Send send) : loop_(loop), send_(std::move(send)) {}

void Changes::ask(const WorkerId& id, proto::ChangeMessage change, Done done) {
    auto& asked = asked_[id];
    if (!asked) asked = std::make_unique<Asked>(loop_);
    const std::uint64_t number = ++asked->last;
    auto call = asked->calls.open(
        kDeadline, [this, id, number](const auto& answer) { on_answer(id, number, answer); });
    if (!call) return done(std::unexpected(call.error()));
    proto::CoreToWorker message;
    message.set_id(call->id());
    *message.mutable_change_message() = std::move(change);
    if (const auto sent = send_(id, message); !sent) return done(std::unexpected(sent.error()));
    asked->open.emplace(number, Open{std::move(*call), std::move(done)});
}

void Changes::on_answer(const WorkerId& id, std::uint64_t number,
                        const Result<proto::MessageChanged>& answer) {
    const auto open = asked_.at(id)->open.extract(number);
    if (!answer) return open.mapped().done(std::unexpected(answer.error()));
    const std::chrono::milliseconds retry_after(answer->retry_after_ms());
    open.mapped().done(
        Changed{.error = std::string(base::utf8_prefix(answer->error(), kMaxReasonBytes)),
                .retry_after = std::min(retry_after, kMaxRetryAfter)});
}

bool Changes::on_changed(const WorkerId& id, std::uint64_t call,
                         const proto::MessageChanged& answer) {
    const auto asked = asked_.find(id);
    return asked != asked_.end() && asked->second->calls.answer(call, answer);
}

void Changes::on_worker_gone(const WorkerId& id) {
    const auto gone = asked_.extract(id);
    if (!gone) return;
    for (auto& [number, open] : std::exchange(gone.mapped()->open, {})) {
        open.call = {};
        open.done(fail(Errc::unavailable,
                       "the worker ended before it answered: it may be asked for again"));
    }
}

}  // namespace gw::channels
