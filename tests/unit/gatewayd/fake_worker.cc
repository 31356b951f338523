// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// gatewayd-fake: a worker for tests of the core. It speaks the contract and nothing else; what it
// does is told by its settings ("say", "block") and by the texts it is to send ("die …").

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "base/json.h"
#include "ipc/link.h"
#include "loop/loop.h"

namespace {

using namespace gw;

class FakeWorker final : private ipc::CoreLink::Events {
  public:
    explicit FakeWorker(loop::Loop& loop) : loop_(loop), link_(loop, base::Fd(3), *this) {
        proto::WorkerToCore message;
        message.mutable_hello()->set_protocol(ipc::kProtocol);
        message.mutable_hello()->set_build_id(std::string(ipc::build_id()));
        tell(message);
    }

  private:
    void tell(const proto::WorkerToCore& message) {
        if (!link_.send(message)) std::_Exit(9);
    }

    void on_message(proto::CoreToWorker& message) override {
        switch (message.body_case()) {
            case proto::CoreToWorker::kConfigure: return on_configure(message.configure());
            case proto::CoreToWorker::kAccepted: return on_accepted();
            case proto::CoreToWorker::kSendMessage: return on_send(message.send_message());
            case proto::CoreToWorker::kPing: {
                proto::WorkerToCore pong;
                pong.mutable_pong();
                return tell(pong);
            }
            case proto::CoreToWorker::kShutdown: return loop_.stop();
            case proto::CoreToWorker::kLookUpSent:
            case proto::CoreToWorker::kStateStored:
            case proto::CoreToWorker::kStateValues:
            case proto::CoreToWorker::kHttpRequestReceived:
            case proto::CoreToWorker::kMediaChunk:
            case proto::CoreToWorker::kMediaCredit:
            case proto::CoreToWorker::BODY_NOT_SET: std::_Exit(8);
        }
    }

    void on_link_closed(const Error&) override { std::_Exit(7); }

    void on_configure(const proto::Configure& settings) {
        generation_ = settings.generation();
        json::Parser parser;
        const auto parsed = parser.parse(settings.settings_json());
        if (!parsed) std::_Exit(6);
        if (const auto say = parsed->find("say")) say_ = say->string();
        proto::WorkerToCore ready;
        ready.mutable_ready();
        tell(ready);
        proto::WorkerToCore changed;
        auto& link = *changed.mutable_link_changed();
        const bool is_blocked = parsed->find("block").has_value();
        link.set_state(is_blocked ? proto::LINK_STATE_BLOCKED : proto::LINK_STATE_CONNECTED);
        link.set_detail(is_blocked ? "log in again" : "connected");
        link.set_self_id("fake-bot");
        tell(changed);
        if (!say_.empty()) say();
    }

    // Says the same thing twice, the second time once the first is acknowledged.
    void on_accepted() {
        if (events_ < 2) say();
    }

    void say() {
        proto::WorkerToCore message;
        auto& received = *message.mutable_message_received();
        received.set_event_id(std::to_string(generation_) + "-" + std::to_string(++events_));
        received.set_peer("alice");
        received.set_sender_id("alice");
        received.set_chat_type(proto::CHAT_TYPE_DIRECT);
        received.set_text(say_);
        tell(message);
    }

    void on_send(const proto::SendMessage& order) {
        const bool is_first = order.attempt() == 1;
        if (is_first && order.text() == "die before the attempt") std::_Exit(1);
        proto::WorkerToCore started;
        started.mutable_attempt_started()->set_delivery_id(order.delivery_id());
        started.mutable_attempt_started()->set_attempt(order.attempt());
        tell(started);
        if (order.text() == "die within the attempt") std::_Exit(1);
        proto::WorkerToCore done;
        done.mutable_send_done()->set_delivery_id(order.delivery_id());
        done.mutable_send_done()->set_attempt(order.attempt());
        done.mutable_send_done()->set_provider_message_id("fake-" +
                                                          std::to_string(order.attempt()));
        tell(done);
    }

    loop::Loop& loop_;
    ipc::CoreLink link_;
    std::uint64_t generation_ = 0;
    std::string say_;
    int events_ = 0;
};

}  // namespace

int main() {
    auto loop = gw::loop::Loop::create();
    if (!loop) return 5;
    {
        FakeWorker worker(**loop);
        (*loop)->run();
    }
    return 0;
}
