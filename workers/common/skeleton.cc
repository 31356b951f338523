// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/skeleton.h"

#include <csignal>

#include "base/log.h"

namespace gw::workers {

namespace {

// How many messages may wait for the core's Accepted.
constexpr std::size_t kMaxUnaccepted = 1024;

}  // namespace

Skeleton::Skeleton(loop::Loop& loop, base::Fd socket, std::string_view name,
                   const MakeAdapter& make)
    : loop_(loop),
      name_(name),
      signals_(loop, {SIGTERM}, [this](int) { shut_down(); }),
      // Not make_unique: that one may not see our private base.
      link_(new ipc::CoreLink(loop, std::move(socket), *this)),
      adapter_(make(loop, *this)) {
    proto::WorkerToCore message;
    message.mutable_hello()->set_protocol(ipc::kProtocol);
    message.mutable_hello()->set_build_id(std::string(ipc::build_id()));
    say(message);
    phase_ = ipc::Phase::configure;
}

void Skeleton::link_changed(proto::LinkState state, const std::string& detail,
                            const std::string& self_id) {
    proto::WorkerToCore message;
    auto& changed = *message.mutable_link_changed();
    changed.set_state(state);
    changed.set_detail(detail);
    changed.set_self_id(self_id);
    say(message);
}

Result<void> Skeleton::message_received(proto::MessageReceived received) {
    if (unaccepted_.size() >= kMaxUnaccepted) {
        return fail(Errc::limit_exceeded, "too many messages wait for the core");
    }
    unaccepted_.insert(received.event_id());
    proto::WorkerToCore message;
    *message.mutable_message_received() = std::move(received);
    say(message);
    return {};
}

void Skeleton::gap_noticed(std::int64_t from_ms, std::int64_t to_ms, const std::string& reason) {
    proto::WorkerToCore message;
    auto& gap = *message.mutable_gap_noticed();
    gap.set_from_ms(from_ms);
    gap.set_to_ms(to_ms);
    gap.set_reason(reason);
    say(message);
}

bool Skeleton::attempt_started(const proto::SendMessage& order) {
    if (announced_.emplace(order.delivery_id(), order.attempt()).second) {
        proto::WorkerToCore message;
        message.mutable_attempt_started()->set_delivery_id(order.delivery_id());
        message.mutable_attempt_started()->set_attempt(order.attempt());
        say(message);
    }
    // The kernel has all of it: even if we die now, the core will read it.
    return link_->queued() == 0;
}

void Skeleton::send_done(const proto::SendMessage& order, const std::string& id) {
    announced_.erase({order.delivery_id(), order.attempt()});
    proto::WorkerToCore message;
    auto& done = *message.mutable_send_done();
    done.set_delivery_id(order.delivery_id());
    done.set_attempt(order.attempt());
    done.set_provider_message_id(id);
    say(message);
}

void Skeleton::send_failed(const proto::SendMessage& order, proto::SendFailure failure,
                           const std::string& reason, std::uint32_t retry_after_ms) {
    announced_.erase({order.delivery_id(), order.attempt()});
    proto::WorkerToCore message;
    auto& failed = *message.mutable_send_failed();
    failed.set_delivery_id(order.delivery_id());
    failed.set_attempt(order.attempt());
    failed.set_failure(failure);
    failed.set_reason(reason);
    failed.set_retry_after_ms(retry_after_ms);
    say(message);
}

void Skeleton::shut_down() {
    if (is_stopping_) return;
    is_stopping_ = true;
    adapter_->on_shutdown();
}

void Skeleton::say(const proto::WorkerToCore& message) {
    const auto sent = link_->send(message);
    // A core that does not read is as good as gone.
    if (!sent) break_off("cannot talk to the core", sent.error());
}

// The core is gone, which is an end like any other, or the link broke. Said once: whatever
// follows in this turn of the loop fails for the same reason.
void Skeleton::break_off(std::string_view what, const Error& why) {
    if (why.code != Errc::closed && exit_code_ == 0) {
        log::error(name_, what, {{"error", why.message}});
        exit_code_ = 1;
    }
    loop_.stop();
}

void Skeleton::on_message(proto::CoreToWorker& message) {
    using proto::CoreToWorker;
    if (!ipc::permitted(phase_, message.body_case())) {
        return link_->cut("message not permitted now");
    }
    switch (message.body_case()) {
        case CoreToWorker::kConfigure: return on_configure(message.configure());
        case CoreToWorker::kAccepted:
            unaccepted_.erase(message.accepted().event_id());
            return adapter_->on_accepted(message.accepted().event_id());
        case CoreToWorker::kSendMessage: return adapter_->on_send(message.send_message());
        case CoreToWorker::kPing: return on_ping(message.id());
        case CoreToWorker::kShutdown: return shut_down();
        case CoreToWorker::kLookUpSent:
        case CoreToWorker::kStateStored:
        case CoreToWorker::kStateValues:
        case CoreToWorker::kHttpRequestReceived:
        case CoreToWorker::kMediaChunk:
        case CoreToWorker::kMediaCredit: return link_->cut("nobody asked");
        case CoreToWorker::BODY_NOT_SET: return link_->cut("empty envelope");
    }
}

void Skeleton::on_configure(const proto::Configure& settings) {
    proto::WorkerToCore ready;
    ready.mutable_ready();
    say(ready);
    phase_ = ipc::Phase::open;
    if (const auto configured = adapter_->on_configure(settings); !configured) {
        link_changed(proto::LINK_STATE_BLOCKED, configured.error().message, "");
    }
}

void Skeleton::on_ping(std::uint64_t id) {
    proto::WorkerToCore message;
    message.set_id(id);
    message.mutable_pong();
    say(message);
}

void Skeleton::on_link_closed(const Error& reason) {
    break_off("link to the core broken", reason);
}

}  // namespace gw::workers
