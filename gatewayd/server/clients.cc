// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/server/clients.h"

#include <memory>

#include "base/json.h"
#include "gatewayd/server/client.h"
#include "net/websocket_server.h"

namespace gw::server {

namespace {

// An event's frame around the connection's number:
//   {"type":"event","event":"tick","payload":{…},"seq": 17 ,"stateVersion":{…}}
std::shared_ptr<const net::NumberedText> frame_of(const Event& event, std::string_view payload) {
    auto frame = std::make_shared<net::NumberedText>();
    frame->head.reserve(payload.size() + 80);
    frame->head.append(R"({"type":"event","event":")").append(event.name);
    frame->head.append(R"(","payload":)").append(payload).append(R"(,"seq":)");
    if (event.version) {
        frame->tail.append(R"(,"stateVersion":{"presence":)");
        frame->tail.append(std::to_string(event.version->presence)).append(R"(,"health":)");
        frame->tail.append(std::to_string(event.version->health)).append("}");
    }
    frame->tail += '}';
    return frame;
}

bool may_receive(const methods::Caller& caller, Audience audience) {
    if (audience == Audience::everyone) return true;
    if (caller.role != auth::Role::operator_) return false;
    switch (audience) {
        case Audience::everyone: return true;
        case Audience::readers: return caller.scopes.allows(auth::Scope::read);
        case Audience::approvers: return caller.scopes.allows(auth::Scope::approvals);
        case Audience::pairers: return caller.scopes.allows(auth::Scope::pairing);
    }
    return false;
}

}  // namespace

std::uint64_t Clients::add(Client& client) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.client = &client;
    ++slot.generation;
    ++in_use_;
    return static_cast<std::uint64_t>(slot.generation) << 32 | index;
}

void Clients::remove(std::uint64_t connection) {
    Client* client = find(connection);
    if (client == nullptr) return;
    if (client->ready_index()) {
        // The last one takes the place that becomes free.
        const std::size_t index = *client->ready_index();
        ready_[index] = ready_.back();
        ready_[index]->set_ready_index(index);
        ready_.pop_back();
        client->set_ready_index(std::nullopt);
    }
    const auto index = static_cast<std::uint32_t>(connection);
    slots_[index].client = nullptr;
    free_.push_back(index);
    --in_use_;
}

void Clients::mark_ready(Client& client) {
    client.set_ready_index(ready_.size());
    ready_.push_back(&client);
}

Client* Clients::find(std::uint64_t connection) const {
    const auto index = static_cast<std::uint32_t>(connection);
    if (index >= slots_.size()) return nullptr;
    const Slot& slot = slots_[index];
    return slot.generation == connection >> 32 ? slot.client : nullptr;
}

void Clients::answer(std::uint64_t connection, std::string_view frame) {
    if (Client* client = find(connection)) client->send(frame);
}

void Clients::broadcast(const Event& event) {
    const auto newest = frame_of(event, event.payload);
    const auto oldest = event.payload_at_3.empty() ? newest : frame_of(event, event.payload_at_3);

    const bool is_crowded = server_ != nullptr && server_->buffered() > kMaxBufferedTotal;
    // Backwards: closing removes a client at once when its connection is already broken.
    for (std::size_t i = ready_.size(); i-- > 0;) {
        Client& client = *ready_[i];
        const methods::Caller& caller = client.caller();
        if (!may_receive(caller, event.audience)) continue;
        const std::size_t limit = is_crowded
                                      ? std::min(kSlowWhenCrowded, caller.dialect.max_buffered())
                                      : caller.dialect.max_buffered();
        // The number is used up even when the event is dropped: the gap tells the client.
        const std::uint64_t seq = client.next_seq();
        if (client.buffered() > limit) {
            if (event.when_slow == WhenSlow::drop) {
                ++stats_.dropped;
            } else {
                ++stats_.closed_slow;
                client.close(1008, "slow consumer");
            }
            continue;
        }
        client.send_event(caller.dialect.pick(true, false) ? oldest : newest, seq);
        ++stats_.delivered;
    }
}

void Clients::on_handshake_deadline(std::uint64_t connection) {
    if (Client* client = find(connection)) client->on_handshake_deadline();
}

void Clients::close_all(std::uint16_t code, std::string_view reason) {
    for (std::size_t i = slots_.size(); i-- > 0;) {
        if (slots_[i].client != nullptr) slots_[i].client->close(code, reason);
    }
}

}  // namespace gw::server
