// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "tests/sim/network.h"

#include <algorithm>

namespace gw::sim {

using namespace std::chrono_literals;

Network::Answer Network::receive(const std::string& client_id, const std::string& text) {
    Random& random = world_.random;
    if (random.chance(weather.refused_for_now)) return {Verdict::not_now, {}};
    if (random.chance(weather.refused_for_good)) return {Verdict::never, {}};
    Message& message = messages_[text];
    const auto known = message.client_ids.find(client_id);
    const bool is_repeated = nature_.client_id_window.count() > 0 &&
                             known != message.client_ids.end() &&
                             world_.now() - known->second < nature_.client_id_window;
    if (!is_repeated) {
        ++message.count;
        message.id = "m" + std::to_string(++last_message_);
        message.client_ids[client_id] = world_.now();
        world_.note("network has " + text + " as " + message.id);
    }
    if (random.chance(weather.unanswered)) return {Verdict::silence, {}};
    return {Verdict::taken, message.id};
}

std::optional<std::string> Network::find_message(const std::string& text) const {
    const auto found = messages_.find(text);
    if (found == messages_.end() || found->second.count == 0) return std::nullopt;
    return found->second.id;
}

int Network::count(const std::string& text) const {
    const auto found = messages_.find(text);
    return found == messages_.end() ? 0 : found->second.count;
}

void Network::listen(ProcessId worker, Listen step) {
    first_listened_ms_ = std::min(first_listened_ms_, world_.wall_ms());
    listener_ = worker;
    listen_ = std::move(step);
}

void Network::hang_up(ProcessId worker) {
    if (listener_ == worker) listener_ = 0;
}

void Network::say(const std::string& peer, const std::string& text) {
    Said said{.id = std::to_string(said_.size() + 1),
              .peer = peer,
              .text = text,
              .at_ms = world_.wall_ms()};
    world_.note("somebody says " + text);
    said_.push_back(said);
    if (listener_ == 0 || !world_.is_alive(listener_)) return;
    // As on any connection: nothing overtakes what was said before it.
    last_arrival_ =
        std::max(last_arrival_ + Nanos(1), world_.now() + world_.random.between(50us, 20ms));
    world_.after(last_arrival_ - world_.now(), listener_,
                 [this, said = std::move(said), worker = listener_] {
                     if (listener_ == worker) listen_(said);
                 });
}

std::vector<Said> Network::events_after(std::uint64_t cursor) const {
    return {said_.begin() + static_cast<std::ptrdiff_t>(std::min(cursor, said_.size())),
            said_.end()};
}

void Network::note_reached(const std::string& id) {
    if (world_.is_doomed()) return;
    said_.at(std::stoul(id) - 1).reached_worker = true;
}

void Network::note_told(std::string_view text) {
    if (world_.is_doomed()) return;
    for (Said& said : said_)
        said.was_told = said.was_told || said.text == text;
}

}  // namespace gw::sim
