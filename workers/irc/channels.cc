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
// Who was let stay for so long is welcome.
constexpr std::chrono::minutes kWelcomeAfter{5};

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

void Channels::on_joined(std::string_view name, CaseMapping mapping, base::SteadyTime now) {
    Channel* channel = find(name, mapping);
    if (channel == nullptr || channel->state == State::joined) return;
    channel->state = State::joined;
    channel->joined = now;
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
                          base::SteadyTime now, std::int64_t heard_ms) {
    Channel* channel = find(name, mapping);
    if (channel == nullptr) return;
    if (channel->state == State::joined) {
        if (now - channel->joined > kWelcomeAfter) channel->failures = 0;
        channel->missed_since_ms = heard_ms;
    }
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

std::vector<Channels::Missed> Channels::take_missed() {
    std::vector<Missed> missed;
    for (Channel& channel : channels_) {
        if (channel.state != State::joined || channel.missed_since_ms == 0) continue;
        missed.push_back({channel.wanted.name, std::exchange(channel.missed_since_ms, 0)});
    }
    return missed;
}

void Channels::note_lost(std::int64_t lost_at_ms) {
    for (Channel& channel : channels_) {
        std::int64_t& since = channel.missed_since_ms;
        const bool is_joined = channel.state == State::joined;
        if (is_joined && since >= lost_at_ms) since = 0;
        if (!is_joined && since == 0) since = lost_at_ms;
    }
}

std::int64_t Channels::find_missed_since(std::int64_t not_before_ms) const {
    std::int64_t first = 0;
    for (const Channel& channel : channels_) {
        const std::int64_t since = channel.missed_since_ms;
        if (channel.state == State::joined || since == 0 || since < not_before_ms) continue;
        if (first == 0 || since < first) first = since;
    }
    return first;
}

bool Channels::is_asked(std::string_view name, CaseMapping mapping) const {
    const std::string folded = fold(name, mapping);
    return std::any_of(channels_.begin(), channels_.end(), [&](const Channel& channel) {
        return channel.state == State::asked && fold(channel.wanted.name, mapping) == folded;
    });
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
