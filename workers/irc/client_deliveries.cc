// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// What the client does with what it is to say: one delivery after the other, each with a PING
// behind it.

#include "workers/irc/client.h"

namespace gw::irc {

namespace {

constexpr std::size_t kMaxLineBytes = 512;  // with CR LF, RFC 2812 §2.3
constexpr std::size_t kLeastRoom = 32;      // less text than this is not worth a line
// Room for user and host while the server has not shown ours.
constexpr std::size_t kAssumedPrefix = 10 + 1 + 63 + 2;

// Errors about a message, RFC 2812 §5.2: nobody there, cannot send, too many, nothing said. Above
// 415 they are servers' own: only for the registered, only for those who share a channel, not
// wanted.
bool is_refusal(int numeric) {
    return numeric == 401 || (numeric >= 403 && numeric <= 405) || numeric == 407 ||
           numeric == 408 || (numeric >= 411 && numeric <= 415) || numeric == 477 ||
           numeric == 486 || numeric == 489 || numeric == 531 || numeric == 716;
}

}  // namespace

void Client::send(const std::string& delivery, const std::string& to, const std::string& text) {
    if (state_ != State::connected) {
        return events_.on_refused(delivery, proto::SEND_FAILURE_TRANSIENT, "not connected");
    }
    if (!is_target(to, channel_types_)) {
        return events_.on_refused(delivery, proto::SEND_FAILURE_PERMANENT,
                                  "\"" + to + "\" is neither a nick nor a channel");
    }
    const std::size_t room = room_for_text(to);
    if (room == 0) {
        return events_.on_refused(delivery, proto::SEND_FAILURE_PERMANENT,
                                  "the name leaves no room for text");
    }
    Delivery next{delivery, to, split_text(text, room), false, {}};
    if (next.lines.empty()) {
        return events_.on_refused(delivery, proto::SEND_FAILURE_PERMANENT,
                                  "there is nothing to say");
    }
    deliveries_.push_back(std::move(next));
    begin_next();
}

std::size_t Client::room_for_text(const std::string& to) const {
    // What others receive: ":nick!user@host PRIVMSG to :text" CR LF.
    const std::size_t prefix =
        own_prefix_.empty() ? nick_.size() + kAssumedPrefix : own_prefix_.size();
    const std::size_t overhead =
        1 + prefix + std::string_view(" PRIVMSG  :\r\n").size() + to.size();
    return overhead + kLeastRoom <= kMaxLineBytes ? kMaxLineBytes - overhead : 0;
}

void Client::begin_next() {
    if (deliveries_.empty() || state_ != State::connected) return;
    Delivery& next = deliveries_.front();
    if (next.has_begun) return;
    if (!events_.may_begin(next.id)) return retry_timer_.start(std::chrono::milliseconds(5));
    next.has_begun = true;
    awaited_pong_ = "delivery-" + std::to_string(++last_ping_);
    for (const std::string& line : next.lines) {
        connection_->write("PRIVMSG " + next.to + " :" + line);
    }
    connection_->write("PING :" + awaited_pong_);
}

void Client::on_refusal(int numeric, const Line& line) {
    if (!is_refusal(numeric) || deliveries_.empty() || !deliveries_.front().has_begun) return;
    Delivery& current = deliveries_.front();
    // Some errors name no target: then it is about what was sent last.
    const bool is_about_it =
        line.params.size() < 3 || fold(line.param(1), mapping_) == fold(current.to, mapping_);
    if (!is_about_it || !current.refusal.empty()) return;
    const std::string words = last_words(line);
    current.refusal = words.empty() ? "error " + std::to_string(numeric) : words;
}

void Client::on_pong(const Line& line) {
    if (awaited_pong_.empty() || line.params.empty() || line.params.back() != awaited_pong_) return;
    awaited_pong_.clear();
    const Delivery done = std::move(deliveries_.front());
    deliveries_.pop_front();
    if (done.refusal.empty()) {
        events_.on_delivered(done.id);
    } else {
        events_.on_refused(done.id, proto::SEND_FAILURE_PERMANENT, done.refusal);
    }
    begin_next();
}

void Client::drop_deliveries(const std::string& why) {
    awaited_pong_.clear();
    retry_timer_.stop();
    for (const Delivery& delivery : std::exchange(deliveries_, {})) {
        events_.on_refused(
            delivery.id,
            delivery.has_begun ? proto::SEND_FAILURE_UNCERTAIN : proto::SEND_FAILURE_TRANSIENT,
            why);
    }
}

}  // namespace gw::irc
