// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// gatewayd-fake: a worker for tests of the core. It speaks the contract and nothing else; what it
// does is told by its settings and by the texts it is to send ("die …"). Settings: "say" a text,
// "block", "poison" (its network brings an event that crashes it, until that is acknowledged),
// "gap" with its length in ms, "count" (its state counts its starts; each says how many there
// were), "breach" (it says what it may not).

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

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
            case proto::CoreToWorker::kAccepted: return on_accepted(message.accepted());
            case proto::CoreToWorker::kSendMessage: return on_send(message.send_message());
            case proto::CoreToWorker::kPing: {
                proto::WorkerToCore pong;
                pong.mutable_pong();
                return tell(pong);
            }
            case proto::CoreToWorker::kShutdown: return loop_.stop();
            case proto::CoreToWorker::kStateStored: return say();
            case proto::CoreToWorker::kStateValues: return on_state(message.state_values());
            case proto::CoreToWorker::kLookUpSent:
            case proto::CoreToWorker::kHttpRequestReceived:
            case proto::CoreToWorker::kMediaChunk:
            case proto::CoreToWorker::kMediaCredit:
            case proto::CoreToWorker::kChangeMessage:
            case proto::CoreToWorker::kShowTyping:
            case proto::CoreToWorker::BODY_NOT_SET: std::_Exit(8);
        }
    }

    void on_link_closed(const Error&) override { std::_Exit(7); }

    void on_configure(const proto::Configure& settings) {
        generation_ = settings.generation();
        json::Parser parser;
        const auto parsed = parser.parse(settings.settings_json());
        if (!parsed) std::_Exit(6);
        const auto has = [&parsed](const char* key) { return parsed->find(key).has_value(); };
        if (const auto say = parsed->find("say")) say_ = say->string();
        if (const auto breach = parsed->find("breach")) breach_ = breach->string();
        std::ranges::copy(settings.skip(), std::back_inserter(skip_));
        is_cautious_ = settings.is_cautious();
        proto::WorkerToCore ready;
        ready.mutable_ready();
        tell(ready);
        proto::WorkerToCore changed;
        auto& link = *changed.mutable_link_changed();
        const bool is_blocked = has("block");
        link.set_state(is_blocked ? proto::LINK_STATE_BLOCKED : proto::LINK_STATE_CONNECTED);
        link.set_detail(is_blocked ? "log in again" : "connected");
        link.set_self_id("fake-bot");
        tell(changed);
        if (!breach_.empty()) return breach();
        if (const auto gap = parsed->find("gap")) notice_gap(gap->integer());
        if (has("poison") && settings.cursor() != "behind poison") return receive_poison();
        if (has("count")) return ask_state();
        if (!say_.empty()) say();
    }

    // Says the same thing twice, the second time once the first is acknowledged. What comes behind
    // the poison is said once.
    void on_accepted(const proto::Accepted& accepted) {
        if (accepted.event_id() == "poison") {
            say_ = "behind poison";
            events_ = 1;
        }
        if (events_ < 2) say();
    }

    // An event whose translation crashes.
    void receive_poison() {
        if (std::ranges::find(skip_, "poison") != skip_.end()) return skip_poison();
        if (is_cautious_) {
            proto::WorkerToCore message;
            message.mutable_event_started()->set_event_id("poison");
            message.mutable_event_started()->set_digest(std::string(32, 'd'));
            tell(message);
        }
        std::abort();
    }

    void skip_poison() {
        proto::WorkerToCore message;
        auto& skipped = *message.mutable_event_skipped();
        skipped.set_event_id("poison");
        skipped.set_cursor("behind poison");
        skipped.set_raw("\x01raw bytes");
        tell(message);
    }

    void notice_gap(std::int64_t length_ms) {
        proto::WorkerToCore message;
        auto& gap = *message.mutable_gap_noticed();
        gap.set_to_ms(1'700'000'000'000);
        gap.set_from_ms(gap.to_ms() - length_ms);
        gap.set_reason("the line was down");
        tell(message);
    }

    void ask_state() {
        proto::WorkerToCore message;
        message.set_id(7);
        message.mutable_state_get()->set_prefix("starts/");
        message.mutable_state_get()->set_limit(10);
        tell(message);
    }

    // One entry more than there was, and once that is kept, how many there are now.
    void on_state(const proto::StateValues& values) {
        say_ = "start " + std::to_string(values.entries_size() + 1);
        proto::WorkerToCore message;
        message.set_id(8);
        auto& entry = *message.mutable_state_put()->add_entries();
        entry.set_key("starts/" + std::to_string(generation_));
        entry.set_value("x");
        tell(message);
    }

    void breach() {
        proto::WorkerToCore message;
        if (breach_ == "skip") message.mutable_event_skipped()->set_event_id("never asked");
        if (breach_ == "start") message.mutable_event_started()->set_event_id("not cautious");
        if (breach_ == "state") message.mutable_state_put();
        if (breach_ == "gap") message.mutable_gap_noticed()->set_from_ms(-9);
        tell(message);
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
    std::string breach_;
    std::vector<std::string> skip_;
    bool is_cautious_ = false;
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
