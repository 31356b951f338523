// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/channels.h"

#include <algorithm>
#include <utility>

namespace gw::irc {

namespace {

constexpr std::chrono::seconds kFirstDelay{2};
constexpr std::chrono::seconds kLongestDelay{300};
constexpr int kMostDoublings = 8;

}  // namespace

Channels::Channels(const std::vector<WantedChannel>& wanted) {
    for (const WantedChannel& channel : wanted)
        channels_.push_back({.wanted = channel, .why = {}});
}

void Channels::reset() {
    for (Channel& channel : channels_) {
        channel.state = State::due;
        channel.due = {};
    }
}

std::vector<std::string> Channels::join_due(base::SteadyTime now) {
    std::vector<std::string> lines;
    for (Channel& channel : channels_) {
        if (channel.state != State::due || channel.due > now) continue;
        channel.state = State::asked;
        const std::string key = channel.wanted.key.empty() ? "" : ' ' + channel.wanted.key;
        lines.push_back("JOIN " + channel.wanted.name + key);
    }
    return lines;
}

std::optional<base::SteadyTime> Channels::find_next_due() const {
    std::optional<base::SteadyTime> next;
    for (const Channel& channel : channels_) {
        if (channel.state == State::due && (!next || channel.due < *next)) next = channel.due;
    }
    return next;
}

void Channels::on_joined(std::string_view name, CaseMapping mapping) {
    Channel* channel = find(name, mapping);
    if (channel == nullptr) return;
    channel->state = State::joined;
    channel->why.clear();
}

bool Channels::on_refused(std::string_view name, const std::string& why, CaseMapping mapping,
                          base::SteadyTime now) {
    Channel* channel = find(name, mapping);
    if (channel == nullptr || channel->state != State::asked) return false;
    put_off(*channel, now);
    return std::exchange(channel->why, why) != why;
}

void Channels::on_removed(std::string_view name, const std::string& why, CaseMapping mapping,
                          base::SteadyTime now) {
    Channel* channel = find(name, mapping);
    if (channel == nullptr) return;
    channel->why = why;
    put_off(*channel, now);
}

void Channels::give_up_waiting(base::SteadyTime now) {
    for (Channel& channel : channels_) {
        if (channel.state != State::asked) continue;
        channel.why = "no answer to JOIN";
        put_off(channel, now);
    }
}

void Channels::put_off(Channel& channel, base::SteadyTime now) {
    const auto delay = kFirstDelay * (1 << std::min(channel.failures++, kMostDoublings));
    channel.state = State::due;
    channel.due = now + std::min<std::chrono::seconds>(delay, kLongestDelay);
}

bool Channels::is_waiting() const {
    return std::any_of(channels_.begin(), channels_.end(),
                       [](const Channel& channel) { return channel.state == State::asked; });
}

std::vector<std::string> Channels::joined() const {
    std::vector<std::string> names;
    for (const Channel& channel : channels_) {
        if (channel.state == State::joined) names.push_back(channel.wanted.name);
    }
    return names;
}

std::string Channels::shortcomings() const {
    std::string text;
    for (const Channel& channel : channels_) {
        if (channel.why.empty()) continue;
        text += (text.empty() ? "not in " : ", ") + channel.wanted.name + " (" + channel.why + ')';
    }
    return text;
}

Channels::Channel* Channels::find(std::string_view name, CaseMapping mapping) {
    const std::string folded = fold(name, mapping);
    const auto found = std::find_if(
        channels_.begin(), channels_.end(),
        [&](const Channel& channel) { return fold(channel.wanted.name, mapping) == folded; });
    return found == channels_.end() ? nullptr : &*found;
}

}  // namespace gw::irc
