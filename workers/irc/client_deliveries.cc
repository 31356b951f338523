// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// What the client does with what it is to say: one delivery after the other.

#include <algorithm>
#include <charconv>

#include "workers/irc/client.h"
#include "workers/irc/tags.h"

namespace gw::irc {

namespace {

constexpr std::size_t kLeastRoom = 32;  // less text than this is not worth a line
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

// "Later": 263 for anything that costs the server much, 439 for too many people in a row.
bool is_postponement(int numeric, const Line& line) {
    return numeric == 439 || (numeric == 263 && line.param(1) == "PRIVMSG");
}

// "Please wait 42 seconds": the number, or half a minute, and never longer than ten.
std::uint32_t wait_ms(std::string_view words) {
    std::uint32_t seconds = 30;
    const std::size_t at = words.find_first_of("0123456789");
    if (at != std::string_view::npos) {
        std::from_chars(words.data() + at, words.data() + words.size(), seconds);
    }
    return std::clamp(seconds, 1U, 600U) * 1000;
}

// A little less than the core waits for an answer (docs/worker-contract.md).
std::chrono::milliseconds patience_for(const std::vector<std::string>& lines) {
    constexpr std::chrono::seconds kLeast{110};
    constexpr std::size_t kBytesPerSecond = 256;
    std::size_t bytes = 0;
    for (const std::string& line : lines)
        bytes += line.size();
    return kLeast + std::chrono::seconds(bytes / kBytesPerSecond);
}

}  // namespace

void Client::send(const std::string& delivery, const std::string& to, const std::string& text,
                  const std::string& reply_to) {
    const auto refuse = [&](proto::SendFailure failure, const std::string& why) {
        events_.on_refused(delivery, failure, why, 0);
    };
    if (state_ != State::connected) return refuse(proto::SEND_FAILURE_TRANSIENT, "not connected");
    if (!is_target(to, features_.channel_types)) {
        return refuse(proto::SEND_FAILURE_PERMANENT,
                      "\"" + to + "\" is neither a nick nor a channel");
    }
    const std::size_t room = room_for_text(to);
    if (room == 0) {
        return refuse(proto::SEND_FAILURE_PERMANENT, "the name leaves no room for text");
    }
    Delivery next{delivery, to, split_text(text, room), reply_to, {}};
    if (next.lines.empty()) {
        return refuse(proto::SEND_FAILURE_PERMANENT, "there is nothing to say");
    }
    if (settings_.flood_delay * static_cast<long>(next.lines.size()) > patience_for(next.lines)) {
        return refuse(proto::SEND_FAILURE_PERMANENT,
                      "the text has too many lines for the pace of floodDelayMs");
    }
    deliveries_.push_back(std::move(next));
    begin_next();
}

std::size_t Client::room_for_text(const std::string& to) const {
    // What others receive: ":nick!user@host PRIVMSG to :text" CR LF. Tags have room of their own.
    const std::size_t prefix =
        own_prefix_.empty() ? nick_.size() + kAssumedPrefix : own_prefix_.size();
    const std::size_t overhead =
        1 + prefix + std::string_view(" PRIVMSG  :\r\n").size() + to.size();
    const std::size_t line = features_.line_bytes;
    return overhead + kLeastRoom <= line ? line - overhead : 0;
}

Confirmation::Way Client::confirmation_way() const {
    if (capabilities_.has("labeled-response") && capabilities_.has("batch")) {
        return Confirmation::Way::label;
    }
    return capabilities_.has("echo-message") ? Confirmation::Way::echo : Confirmation::Way::pong;
}

void Client::begin_next() {
    using Start = workers::Core::Start;
    while (!deliveries_.empty() && state_ == State::connected) {
        Delivery& next = deliveries_.front();
        if (next.confirmation) return;
        switch (events_.may_begin(next.id)) {
            case Start::wait: return retry_timer_.start(std::chrono::milliseconds(5));
            case Start::too_late: deliveries_.pop_front(); break;
            case Start::go:
                answer_timer_.start(patience_for(next.lines));
                next.confirmation.emplace(confirmation_way(),
                                          "delivery-" + std::to_string(++last_ping_), next.to,
                                          next.lines);
                return write_lines(next);
        }
    }
}

void Client::write_lines(const Delivery& delivery) {
    const Confirmation& confirmation = *delivery.confirmation;
    for (std::size_t i = 0; i < delivery.lines.size(); ++i) {
        std::string tags;
        if (confirmation.way() == Confirmation::Way::label) {
            tags = "label=" + confirmation.label(i);
        }
        if (i == 0 && !delivery.reply_to.empty() && capabilities_.has("message-tags")) {
            tags += (tags.empty() ? "" : ";") + ("+draft/reply=" + escape_tag(delivery.reply_to));
        }
        const std::string prefix = tags.empty() ? "" : '@' + tags + ' ';
        // Until the answer to the PING nobody knows, so it does not wait for a turn of its own.
        const bool is_last = i + 1 == delivery.lines.size();
        connection_->write(prefix + "PRIVMSG " + delivery.to + " :" + delivery.lines[i],
                           is_last ? "PING :" + confirmation.ping() : "");
    }
}

Confirmation* Client::find_confirmation() {
    const bool is_under_way = !deliveries_.empty() && deliveries_.front().confirmation;
    return is_under_way ? &*deliveries_.front().confirmation : nullptr;
}

// Its own, or that of the batch it is in.
std::string Client::label_of(const Line& line) {
    if (auto label = find_tag(line.tags, "label")) return *label;
    const Batch* batch = batches_.find(line);
    return batch == nullptr ? std::string() : batch->label;
}

void Client::on_echo(const Line& line) {
    own_prefix_ = line.prefix;
    Confirmation* confirmation = find_confirmation();
    if (confirmation == nullptr || line.command != "PRIVMSG") return;
    confirmation->on_echo(label_of(line), line.param(0), line.param(1),
                          find_id_tag(line.tags, "msgid").value_or(""), features_.mapping);
    settle();
}

void Client::on_acknowledged(const Line& line) {
    Confirmation* confirmation = find_confirmation();
    if (confirmation == nullptr) return;
    confirmation->on_acknowledged(label_of(line));
    settle();
}

void Client::on_refusal(int numeric, const Line& line) {
    Confirmation* confirmation = find_confirmation();
    if (confirmation == nullptr) return;
    const std::string label = label_of(line);
    const bool is_later = is_postponement(numeric, line);
    const bool is_error = numeric >= 400 && confirmation->is_label(label);
    if (!is_error && !is_later && !is_refusal(numeric)) return;
    const std::string words = last_words(line);
    // Some errors name no target: then it is about what was sent last.
    const std::string_view to = line.params.size() < 3 || numeric == 263 ? "" : line.param(1);
    confirmation->on_refused(label, to,
                             {.why = words.empty() ? "error " + std::to_string(numeric) : words,
                              .retry_after_ms = is_later ? wait_ms(words) : 0},
                             features_.mapping);
    settle();
}

// FAIL command code [context] :words
void Client::on_fail(const Line& line) {
    if (line.param(0) == "CHATHISTORY" && history_.is_active()) {
        history_.on_refused(last_words(line));
        return ask_history();
    }
    Confirmation* confirmation = find_confirmation();
    if (confirmation == nullptr || line.param(0) != "PRIVMSG") return;
    confirmation->on_refused(label_of(line), "", {.why = last_words(line)}, features_.mapping);
    settle();
}

void Client::on_pong(const Line& line) {
    const Confirmation* confirmation = find_confirmation();
    if (confirmation == nullptr || line.params.empty()) return;
    if (line.params.back() == confirmation->ping()) finish_delivery();
}

void Client::settle() {
    if (deliveries_.front().confirmation->is_settled()) finish_delivery();
}

void Client::finish_delivery() {
    answer_timer_.stop();
    const Delivery done = std::move(deliveries_.front());
    deliveries_.pop_front();
    const Confirmation::Outcome outcome = done.confirmation->outcome();
    if (outcome.failure) {
        events_.on_refused(done.id, *outcome.failure, outcome.why, outcome.retry_after_ms);
    } else {
        events_.on_delivered(done.id, outcome.message_id);
    }
    begin_next();
}

void Client::drop_deliveries(const std::string& why) {
    retry_timer_.stop();
    answer_timer_.stop();
    for (const Delivery& delivery : std::exchange(deliveries_, {})) {
        events_.on_refused(
            delivery.id,
            delivery.confirmation ? proto::SEND_FAILURE_UNCERTAIN : proto::SEND_FAILURE_TRANSIENT,
            why, 0);
    }
}

}  // namespace gw::irc
