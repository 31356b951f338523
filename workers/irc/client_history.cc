// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// How the client learns what was said while it was away, and says what it cannot learn.

#include <algorithm>

#include "base/log.h"
#include "workers/irc/client.h"
#include "workers/irc/tags.h"

namespace gw::irc {

namespace {

constexpr std::chrono::seconds kAnswerLimit{20};

}  // namespace

void Client::catch_up() {
    if (lost_at_ms_ != 0) {
        channels_.note_lost(lost_at_ms_);
        if (keeps_history()) {
            history_.begin(lost_at_ms_ + server_ahead_ms_, clock_.wall_ms() + server_ahead_ms_,
                           channels_.joined(), features_.history_lines);
            ask_history();
        } else {
            events_.on_gap(std::exchange(lost_at_ms_, 0), clock_.wall_ms(), lost_why_);
        }
    }
    catch_up_in_channels();
}

// In those that were joined later than the others, or again.
void Client::catch_up_in_channels() {
    for (const auto& [name, since_ms] : channels_.take_missed()) {
        const std::string why = "was not in " + to_utf8(name);
        if (!keeps_history()) {
            events_.on_gap(since_ms, clock_.wall_ms(), why);
            continue;
        }
        const bool is_asking = history_.is_active();
        if (!is_asking) lost_why_ = why;
        history_.add(name, since_ms + server_ahead_ms_, features_.history_lines);
        if (!is_asking) ask_history();
    }
}

bool Client::keeps_history() const {
    return capabilities_.has_history() && capabilities_.has("batch") &&
           capabilities_.has("message-tags") && capabilities_.has("server-time");
}

void Client::ask_history() {
    if (const auto request = history_.find_request()) {
        connection_->write(*request);
        return history_timer_.start(kAnswerLimit);
    }
    history_timer_.stop();
    lost_at_ms_ = 0;
    if (history_.missing().empty()) return log::info("irc", "caught up with history", {});
    events_.on_gap(history_.since_ms() - server_ahead_ms_, clock_.wall_ms(),
                   lost_why_ + "; " + history_.missing());
}

void Client::on_history_overdue() {
    history_.on_refused("the server does not answer");
    ask_history();
}

void Client::on_batch(const Line& line) {
    const auto ended = batches_.on_batch(line);
    if (!ended || !history_.is_active()) return;
    const bool is_targets = ended->type.ends_with("chathistory-targets");
    if (!is_targets && ended->type != "chathistory") return;
    // One that came too late answers a question that was given up.
    const std::string answered = is_targets ? "" : fold(ended->target, features_.mapping);
    if (answered != fold(history_.asked(), features_.mapping)) return;
    history_.on_answered(ended->lines);
    ask_history();
}

void Client::on_history_target(const Line& line) {
    if (line.param(0) == "TARGETS") history_.on_target(line.param(1), features_.channel_types);
}

// Some servers replay unasked. Without an id nobody could know whether it was heard before; and
// what was said before the account was away was heard, or is none of its business.
bool Client::is_wanted_playback(const Line& line) {
    const auto id = find_id_tag(line.tags, "msgid");
    const auto said_ms = find_time(line.tags);
    if (history_.is_active()) history_.on_message(id && said_ms ? *id : "");
    if (!id || !said_ms) return false;
    std::int64_t since_ms = channels_.find_missed_since(0);
    if (lost_at_ms_ != 0) since_ms = since_ms == 0 ? lost_at_ms_ : std::min(since_ms, lost_at_ms_);
    if (history_.is_active()) since_ms = history_.since_ms() - server_ahead_ms_;
    return since_ms != 0 && *said_ms >= since_ms + server_ahead_ms_ - History::kOverlapMs;
}

}  // namespace gw::irc
