// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/echo/adapter.h"

#include <string_view>

namespace gw::echo {

namespace {
constexpr std::string_view kInject = "inject:";
}  // namespace

Result<void> Adapter::on_configure(const proto::Configure& settings) {
    generation_ = settings.generation();
    core_.link_changed(proto::LINK_STATE_CONNECTED, "no network needed", "echo");
    return {};
}

void Adapter::on_send(const proto::SendMessage& order) {
    // There is no provider to wait for: the notice and the answer follow each other.
    static_cast<void>(core_.attempt_started(order));
    if (order.to() == kInject) {
        return core_.send_failed(order, proto::SEND_FAILURE_PERMANENT,
                                 "inject: wants a peer behind it, as in inject:ann", 0);
    }
    core_.send_done(order, "echo-" + order.delivery_id());
    if (order.to().starts_with(kInject)) {
        say_back(order.to().substr(kInject.size()), order.text());
    }
}

void Adapter::on_shutdown() {
    core_.finished();
}

void Adapter::say_back(const std::string& peer, const std::string& text) {
    proto::MessageReceived message;
    message.set_event_id(std::to_string(generation_) + '-' + std::to_string(++last_event_));
    message.set_peer(peer);
    message.set_chat_type(proto::CHAT_TYPE_DIRECT);
    message.set_sender_id(peer);
    message.set_sender_name(peer);
    message.set_text(text);
    // Refused when thousands are on their way already: an injected message is nobody's to keep.
    static_cast<void>(core_.message_received(std::move(message)));
}

}  // namespace gw::echo
