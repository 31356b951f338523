// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/run_worker.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>
#include <set>
#include <utility>

#include "base/log.h"
#include "ipc/phases.h"

namespace gw::workers {

namespace {

constexpr int kCoreSocket = 3;
constexpr int kExitUsage = 64;  // EX_USAGE

// How many messages may wait for the core's Accepted.
constexpr std::size_t kMaxUnaccepted = 1024;

bool is_core_socket() {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(kCoreSocket, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

class Worker final : public Core, private ipc::CoreLink::Events {
  public:
    Worker(loop::Loop& loop, std::string_view name, const MakeAdapter& make)
        : loop_(loop),
          name_(name),
          signals_(loop, {SIGTERM}, [this](int) { shut_down(); }),
          link_(new ipc::CoreLink(loop, base::Fd(kCoreSocket), *this)),
          adapter_(make(loop, *this)) {
        proto::WorkerToCore message;
        message.mutable_hello()->set_protocol(ipc::kProtocol);
        message.mutable_hello()->set_build_id(std::string(ipc::build_id()));
        say(message);
        phase_ = ipc::Phase::configure;
    }

    void link_changed(proto::LinkState state, const std::string& detail,
                      const std::string& self_id) override {
        proto::WorkerToCore message;
        auto& changed = *message.mutable_link_changed();
        changed.set_state(state);
        changed.set_detail(detail);
        changed.set_self_id(self_id);
        say(message);
    }

    Result<void> message_received(proto::MessageReceived received) override {
        if (unaccepted_.size() >= kMaxUnaccepted) {
            return fail(Errc::limit_exceeded, "too many messages wait for the core");
        }
        unaccepted_.insert(received.event_id());
        proto::WorkerToCore message;
        *message.mutable_message_received() = std::move(received);
        say(message);
        return {};
    }

    void gap_noticed(std::int64_t from_ms, std::int64_t to_ms, const std::string& reason) override {
        proto::WorkerToCore message;
        auto& gap = *message.mutable_gap_noticed();
        gap.set_from_ms(from_ms);
        gap.set_to_ms(to_ms);
        gap.set_reason(reason);
        say(message);
    }

    bool attempt_started(const proto::SendMessage& order) override {
        if (announced_.emplace(order.delivery_id(), order.attempt()).second) {
            proto::WorkerToCore message;
            message.mutable_attempt_started()->set_delivery_id(order.delivery_id());
            message.mutable_attempt_started()->set_attempt(order.attempt());
            say(message);
        }
        // The kernel has all of it: even if we die now, the core will read it.
        return link_->queued() == 0;
    }

    void send_done(const proto::SendMessage& order, const std::string& id) override {
        announced_.erase({order.delivery_id(), order.attempt()});
        proto::WorkerToCore message;
        auto& done = *message.mutable_send_done();
        done.set_delivery_id(order.delivery_id());
        done.set_attempt(order.attempt());
        done.set_provider_message_id(id);
        say(message);
    }

    void send_failed(const proto::SendMessage& order, proto::SendFailure failure,
                     const std::string& reason, std::uint32_t retry_after_ms) override {
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

    void finished() override { loop_.stop(); }

    [[nodiscard]] int exit_code() const { return exit_code_; }

  private:
    void shut_down() {
        if (is_stopping_) return;
        is_stopping_ = true;
        adapter_->on_shutdown();
    }

    void say(const proto::WorkerToCore& message) {
        const auto sent = link_->send(message);
        // A core that does not read is as good as gone.
        if (!sent) break_off("cannot talk to the core", sent.error());
    }

    // The core is gone, which is an end like any other, or the link broke. Said once: whatever
    // follows in this turn of the loop fails for the same reason.
    void break_off(std::string_view what, const Error& why) {
        if (why.code != Errc::closed && exit_code_ == 0) {
            log::error(name_, what, {{"error", why.message}});
            exit_code_ = 1;
        }
        loop_.stop();
    }

    void on_message(proto::CoreToWorker& message) override {
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

    void on_configure(const proto::Configure& settings) {
        proto::WorkerToCore ready;
        ready.mutable_ready();
        say(ready);
        phase_ = ipc::Phase::open;
        if (const auto configured = adapter_->on_configure(settings); !configured) {
            link_changed(proto::LINK_STATE_BLOCKED, configured.error().message, "");
        }
    }

    void on_ping(std::uint64_t id) {
        proto::WorkerToCore message;
        message.set_id(id);
        message.mutable_pong();
        say(message);
    }

    void on_link_closed(const Error& reason) override {
        break_off("link to the core broken", reason);
    }

    loop::Loop& loop_;
    std::string name_;
    loop::Signals signals_;  // before the link: whoever has read our Hello may signal us
    std::unique_ptr<ipc::CoreLink> link_;
    ipc::Phase phase_ = ipc::Phase::hello;
    std::set<std::string> unaccepted_;  // event ids
    // Delivery and attempt of each AttemptStarted without an answer yet. The attempt belongs to it:
    // a second one that the core has not heard of would be taken for not begun, and repeated.
    std::set<std::pair<std::string, std::uint32_t>> announced_;
    bool is_stopping_ = false;
    int exit_code_ = 0;
    std::unique_ptr<Adapter> adapter_;
};

}  // namespace

int run_worker(std::string_view name, const MakeAdapter& make) {
    if (!is_core_socket()) {
        std::fprintf(stderr,
                     "This program is a worker of gatewayd, which starts it by itself: configure "
                     "its channel and start gatewayd.\n");
        return kExitUsage;
    }
    ::fcntl(kCoreSocket, F_SETFD, FD_CLOEXEC);
    ::signal(SIGPIPE, SIG_IGN);
    // What is written to stdout is taken up by the core, line by line.
    log::start(
        {.format = log::Format::text, .level = log::Level::info, .color = false, .tail_bytes = 0});
    auto loop = loop::Loop::create();
    if (!loop) {
        log::error(name, "cannot start", {{"error", loop.error().message}});
        return 1;
    }
    Worker worker(**loop, name, make);
    (*loop)->run();
    return worker.exit_code();
}

}  // namespace gw::workers
