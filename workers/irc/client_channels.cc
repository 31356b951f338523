// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// How the client gets into its channels, and back into them.

#include <algorithm>

#include "base/log.h"
#include "workers/irc/client.h"

namespace gw::irc {

namespace {

constexpr std::chrono::seconds kJoinLimit{10};

}  // namespace

void Client::join_due() {
    const auto lines = channels_.join_due(clock_.steady());
    for (const std::string& line : lines)
        connection_->write(line);
    // They take their turns.
    if (!lines.empty()) {
        step_timer_.start(kJoinLimit + settings_.flood_delay * static_cast<int>(lines.size()));
    }
    after_join_answer();
}

void Client::on_join(const Line& line) {
    const auto nick = find_nick(line.prefix);
    if (!nick || !is_self(*nick)) return;
    // The server shows how it writes us, which decides how much text fits a line.
    own_prefix_ = line.prefix;
}

void Client::joined(std::string_view channel) {
    channels_.on_joined(channel, features_.mapping, clock_.steady());
    after_join_answer();
    if (state_ == State::connected) catch_up_in_channels();
}

void Client::on_join_refused(const Line& line) {
    const bool is_news =
        channels_.on_refused(line.param(1), last_words(line), features_.mapping, clock_.steady());
    if (is_news) {
        log::warn("irc", "cannot join",
                  {{"channel", to_utf8(line.param(1))}, {"reason", last_words(line)}});
    }
    after_join_answer();
}

void Client::on_removed(std::string_view channel, std::string_view nick, const std::string& why) {
    if (!is_self(nick)) return;
    log::warn("irc", "out of a channel", {{"channel", to_utf8(channel)}, {"reason", why}});
    channels_.on_removed(channel, why, features_.mapping, clock_.steady(), last_heard_ms_);
    after_join_answer();
}

void Client::after_join_answer() {
    if (state_ != State::joining && state_ != State::connected) return;
    if (!channels_.is_waiting()) {
        step_timer_.stop();
        if (state_ == State::joining) set_connected();
    }
    if (state_ == State::connected) tell_connected();
    const auto next = channels_.find_next_due();
    if (!next) return channels_timer_.stop();
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - clock_.steady());
    channels_timer_.start(std::max(wait, std::chrono::milliseconds(0)));
}

}  // namespace gw::irc
