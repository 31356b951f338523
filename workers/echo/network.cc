// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/echo/network.h"

#include <charconv>
#include <utility>

#include "base/json.h"

namespace gw::echo {

namespace {

constexpr std::chrono::milliseconds kRetryEvery{250};
constexpr std::chrono::seconds kConnectDeadline{5};
constexpr std::size_t kMaxQueued = 8U << 20;
constexpr std::size_t kMaxLine = 2U << 20;

std::string word_or_dash(const std::string& word) {
    return word.empty() ? "-" : word;
}

std::string take_word(std::string_view& rest) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    std::string word(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word == "-" ? std::string() : word;
}

std::string target_json(const std::string& to, const std::string& text) {
    std::string out;
    json::Writer(out).begin_object().field("to", to).field("text", text).end_object();
    return out;
}

proto::SendFailure failure_of(std::string_view word) {
    if (word == "transient") return proto::SEND_FAILURE_TRANSIENT;
    if (word == "permanent") return proto::SEND_FAILURE_PERMANENT;
    return proto::SEND_FAILURE_UNCERTAIN;
}

std::uint32_t number_of(std::string_view word) {
    std::uint32_t number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    return number;
}

}  // namespace

Network::Network(loop::Loop& loop, std::string host, std::uint16_t port, Events& events)
    : loop_(loop), host_(std::move(host)), port_(port), events_(events), retry_timer_(loop, [this] {
          connect();
      }) {
    connect();
}

void Network::connect() {
    connect_ = std::make_unique<loop::TcpConnect>(
        loop_, host_, port_, kConnectDeadline,
        [this](Result<base::Fd> socket) { on_connect(std::move(socket)); });
}

void Network::on_connect(Result<base::Fd> socket) {
    if (!socket) return lose(socket.error().message);
    input_.clear();
    is_paused_ = false;
    // Not make_unique: that one may not see our private base.
    stream_.reset(new loop::Stream(loop_, std::move(*socket), *this, kMaxQueued));
    events_.on_connected();
}

void Network::on_closed(const Error& reason) {
    lose(reason.message);
}

void Network::lose(const std::string& why) {
    stream_.reset();
    retry_timer_.start(kRetryEvery);
    events_.on_lost(why);
}

void Network::say(const std::string& line) {
    if (!stream_) return;
    // A network that reads nothing is one that answers nothing.
    static_cast<void>(stream_->write(base::as_bytes(line + '\n')));
}

void Network::resume(const std::string& cursor) {
    say("RESUME " + word_or_dash(cursor));
}

void Network::acknowledge(const std::string& event_id) {
    say("ACK " + event_id);
}

void Network::send(const std::string& ref, const std::string& client_id, const std::string& body) {
    say("SEND " + ref + ' ' + word_or_dash(client_id) + ' ' + body);
}

void Network::change(const std::string& ref, const std::string& body) {
    say("CHANGE " + ref + ' ' + body);
}

void Network::show_typing(const std::string& body) {
    say("TYPING " + body);
}

void Network::find(const std::string& ref, const std::string& client_id, const std::string& to,
                   const std::string& text) {
    say("FIND " + ref + ' ' + word_or_dash(client_id) + ' ' + target_json(to, text));
}

void Network::read_on() {
    if (!std::exchange(is_paused_, false) || !stream_) return;
    stream_->resume();
    hand_on();
}

void Network::on_data(base::ByteView bytes) {
    input_.append(base::as_text(bytes));
    hand_on();
}

void Network::hand_on() {
    std::size_t begin = 0;
    while (!is_paused_) {
        const std::size_t end = input_.find('\n', begin);
        if (end == std::string::npos) break;
        on_line(std::string_view(input_).substr(begin, end - begin));
        begin = end + 1;
    }
    input_.erase(0, begin);
    if (!is_paused_ && input_.size() > kMaxLine) lose("a line without end");
}

void Network::on_line(std::string_view line) {
    const std::string verb = take_word(line);
    const std::string ref = take_word(line);
    if (verb == "EVENT") {
        std::string cursor = take_word(line);
        const auto flow =
            events_.on_event({.id = ref, .cursor = std::move(cursor), .raw = std::string(line)});
        if (flow == workers::Flow::read_less && stream_) {
            is_paused_ = true;
            stream_->pause();
        }
    } else if (verb == "SENT") {
        events_.on_sent(ref, std::string(line));
    } else if (verb == "REFUSED") {
        const proto::SendFailure failure = failure_of(take_word(line));
        const std::uint32_t retry_after_ms = number_of(take_word(line));
        events_.on_refused(ref, failure, retry_after_ms, std::string(line));
    } else if (verb == "FOUND") {
        events_.on_looked_up(ref, proto::LOOK_UP_FOUND, std::string(line));
    } else if (verb == "CHANGED") {
        const std::uint32_t retry_after_ms = number_of(take_word(line));
        events_.on_changed(ref, retry_after_ms, std::string(line));
    } else if (verb == "ABSENT") {
        events_.on_looked_up(ref, proto::LOOK_UP_ABSENT, "");
    }
}

}  // namespace gw::echo
