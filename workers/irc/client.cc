// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/client.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "base/random.h"
#include "ipc/limits.h"

namespace gw::irc {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kSilenceLimit{90};
constexpr std::chrono::seconds kRegistrationLimit{30};
constexpr std::chrono::seconds kJoinLimit{10};
constexpr std::chrono::seconds kHealthyAfter{60};
constexpr milliseconds kFirstDelay{1000};
constexpr milliseconds kLongestDelay{60'000};

milliseconds with_jitter(milliseconds delay) {
    std::byte random[1];
    base::fill_random(random);
    return delay + delay * std::to_integer<int>(random[0]) / 1024;  // up to a quarter more
}

// Errors about a JOIN.
bool is_join_refusal(int numeric) {
    return numeric == 403 || numeric == 405 || numeric == 437 || numeric == 471 || numeric == 473 ||
           numeric == 474 || numeric == 475 || numeric == 476 || numeric == 477;
}

}  // namespace

Client::Client(loop::Loop& loop, const base::Clock& clock, Settings settings, Events& events)
    : loop_(loop),
      clock_(clock),
      settings_(std::move(settings)),
      events_(events),
      last_heard_(clock.steady()),
      connected_since_(clock.steady()),
      reconnect_timer_(loop, [this] { connect(); }),
      alive_timer_(loop, [this] { keep_alive(); }),
      step_timer_(loop, [this] { on_step_overdue(); }),
      retry_timer_(loop, [this] { begin_next(); }),
      bury_timer_(loop, [this] { ended_.reset(); }) {}

Client::~Client() = default;

void Client::start(std::int64_t heard_ms) {
    last_heard_ms_ = heard_ms;
    lost_at_ms_ = heard_ms;
    lost_why_ = "the worker did not run";
    connect();
}

void Client::stop(std::function<void()> done) {
    stopped_ = std::move(done);
    reconnect_timer_.stop();
    const bool is_talking =
        state_ == State::connected || state_ == State::joining || state_ == State::registering;
    state_ = State::stopping;
    drop_deliveries("the worker is stopping");
    if (!is_talking) return stopped_();
    connection_->write_now("QUIT :gatewayd stops");
    step_timer_.start(std::chrono::seconds(1));
}

void Client::connect() {
    ended_.reset();
    state_ = State::connecting;
    nick_ = settings_.nick;
    nick_tries_ = 0;
    own_prefix_.clear();
    // Another server may answer to the same name.
    mapping_ = CaseMapping::rfc1459;
    channel_types_ = kUsualChannelTypes;
    joining_.clear();
    events_.on_link(proto::LINK_STATE_CONNECTING,
                    "connecting to " + settings_.host + ':' + std::to_string(settings_.port), "");
    connection_ =
        std::make_unique<Connection>(loop_, settings_.host, settings_.port, settings_.flood_delay,
                                     static_cast<Connection::Events&>(*this));
}

void Client::on_connected() {
    state_ = State::registering;
    mark_heard();
    if (!settings_.password.is_empty()) {
        connection_->write_now("PASS :" + std::string(settings_.password.reveal()));
    }
    connection_->write_now("NICK " + nick_);
    connection_->write_now("USER " + settings_.username + " 0 * :" + settings_.realname);
    step_timer_.start(kRegistrationLimit);
    alive_timer_.start_repeating(kAliveEvery);
}

void Client::on_ended(const std::string& reason) {
    if (!connection_) return;
    drop_connection();
    if (state_ == State::stopping) {
        state_ = State::idle;
        if (auto tell = std::exchange(stopped_, nullptr)) tell();
        return;
    }
    if (state_ == State::connected || state_ == State::joining) {
        // What the server sent after its last line that arrived is lost, whenever we noticed.
        if (lost_at_ms_ == 0) lost_why_ = reason;
        lost_at_ms_ = complete_until_ms();
    }
    if (state_ == State::connected) {
        if (clock_.steady() - connected_since_ > kHealthyAfter) failures_ = 0;
    }
    state_ = State::idle;
    drop_deliveries("connection lost: " + reason);
    reconnect_later(reason);
}

void Client::drop_connection() {
    // It may be calling us just now.
    ended_ = std::move(connection_);
    bury_timer_.start(milliseconds(0));
    alive_timer_.stop();
    step_timer_.stop();
}

void Client::reconnect_later(const std::string& why) {
    const int doublings = std::min(failures_++, 6);
    const milliseconds delay = with_jitter(std::min(kFirstDelay * (1 << doublings), kLongestDelay));
    log::warn("irc", "not connected", {{"reason", why}, {"retry_ms", delay.count()}});
    events_.on_link(proto::LINK_STATE_CONNECTING, why + "; trying again", "");
    reconnect_timer_.start(delay);
}

void Client::give_up(const std::string& what_to_do) {
    drop_connection();
    state_ = State::idle;
    drop_deliveries(what_to_do);
    events_.on_link(proto::LINK_STATE_BLOCKED, what_to_do, "");
}

void Client::on_line(std::string_view text) {
    if (!connection_) return;  // the rest of what a dropped connection had read
    mark_heard();
    const auto line = parse_line(text);
    if (!line) return;
    int numeric = 0;
    const auto& command = line->command;
    if (std::from_chars(command.data(), command.data() + command.size(), numeric).ec ==
        std::errc()) {
        return on_numeric(numeric, *line);
    }
    if (command == "PING") return connection_->write_now("PONG :" + std::string(line->param(0)));
    if (command == "PONG") return on_pong(*line);
    if (command == "PRIVMSG" || command == "NOTICE") return on_said(text);
    if (command == "JOIN") return on_join(*line);
    if (command == "KICK") return on_kick(*line);
    if (command == "NICK") return on_nick_change(*line);
    if (command == "ERROR") log::warn("irc", "server closes", {{"reason", last_words(*line)}});
}

void Client::on_numeric(int numeric, const Line& line) {
    switch (numeric) {
        case 1: return on_welcome(line);
        case 5: return on_features(line);
        case 376:
        case 422: return on_end_of_greeting();
        case 366: return joined(line.param(1));
        case 396: own_prefix_.clear(); return;  // we are shown under another host now
        case 432:
        case 433:
        case 436: return on_nick_refused(numeric);
        case 437:
            if (state_ == State::registering) return on_nick_refused(numeric);
            break;
        case 464: return give_up("the server refuses the password; set channels.irc.password");
        case 465: return give_up("banned from the server: " + last_words(line));
        default: break;
    }
    if (state_ == State::joining && is_join_refusal(numeric)) {
        log::warn("irc", "cannot join",
                  {{"channel", to_utf8(line.param(1))}, {"reason", last_words(line)}});
        return joined(line.param(1));
    }
    on_refusal(numeric, line);
}

// 432: it is no nick here, for example too long. The others: somebody has it.
void Client::on_nick_refused(int numeric) {
    if (state_ != State::registering) return;
    if (numeric == 432 && nick_.size() <= settings_.nick.size()) {
        return give_up("the server refuses the nick \"" + settings_.nick +
                       "\"; set channels.irc.nick");
    }
    if (numeric == 432) {
        nick_room_ = NickRoom::as_long_as_wanted;
        nick_tries_ = 0;
    }
    const auto other = find_other_nick(settings_.nick, nick_tries_++, nick_room_);
    if (!other) return on_ended("the nick and all others like it are taken");
    nick_ = *other;
    connection_->write_now("NICK " + nick_);
}

void Client::on_welcome(const Line& line) {
    // The server may have shortened the nick.
    if (!line.param(0).empty()) nick_ = line.param(0);
}

void Client::on_features(const Line& line) {
    for (const std::string_view feature : line.params) {
        if (feature == "CASEMAPPING=ascii") mapping_ = CaseMapping::ascii;
        if (feature == "CASEMAPPING=rfc1459") mapping_ = CaseMapping::rfc1459;
        if (feature == "CASEMAPPING=strict-rfc1459") mapping_ = CaseMapping::strict_rfc1459;
        constexpr std::string_view kTypes = "CHANTYPES=";
        if (feature.starts_with(kTypes)) channel_types_ = feature.substr(kTypes.size());
    }
}

void Client::on_end_of_greeting() {
    if (state_ != State::registering) return;
    state_ = State::joining;
    step_timer_.start(kJoinLimit);
    for (const std::string& channel : settings_.channels) {
        joining_.insert(fold(channel, mapping_));
        connection_->write("JOIN " + channel);
    }
    if (joining_.empty()) set_connected();
}

void Client::on_join(const Line& line) {
    const auto nick = find_nick(line.prefix);
    // The server shows how it writes us, which decides how much text fits a line.
    if (nick && is_self(*nick)) own_prefix_ = line.prefix;
}

void Client::joined(std::string_view channel) {
    if (state_ != State::joining) return;
    joining_.erase(fold(channel, mapping_));
    if (joining_.empty()) set_connected();
}

void Client::on_step_overdue() {
    if (state_ != State::joining) {
        return on_ended("the server did not finish the greeting in time");
    }
    // One channel without an answer must not cost the others, and direct messages.
    log::warn("irc", "no answer to JOIN", {{"channels", joining_.size()}});
    joining_.clear();
    set_connected();
}

void Client::mark_heard() {
    last_heard_ = clock_.steady();
    last_heard_ms_ = clock_.wall_ms();
}

void Client::set_connected() {
    step_timer_.stop();
    state_ = State::connected;
    connected_since_ = clock_.steady();
    failures_ = std::min(failures_, 3);
    events_.on_link(proto::LINK_STATE_CONNECTED, "registered as " + nick_ + " on " + settings_.host,
                    nick_);
    if (lost_at_ms_ != 0) {
        events_.on_gap(std::exchange(lost_at_ms_, 0), clock_.wall_ms(), lost_why_);
    }
    begin_next();
}

void Client::on_kick(const Line& line) {
    if (!is_self(line.param(1))) return;
    const std::string channel(line.param(0));
    log::warn("irc", "kicked, joining again", {{"channel", to_utf8(channel)}});
    connection_->write("JOIN " + channel);
}

void Client::on_nick_change(const Line& line) {
    const auto nick = find_nick(line.prefix);
    if (!nick || !is_self(*nick) || line.param(0).empty()) return;
    nick_ = line.param(0);
    own_prefix_.clear();
}

void Client::on_said(std::string_view line) {
    if (state_ == State::stopping) return;
    if (events_.on_said(line) == workers::Flow::read_less) connection_->pause();
}

void Client::read_on() {
    if (connection_) connection_->resume();
}

std::optional<Message> Client::find_message(std::string_view text) const {
    const auto line = parse_line(text);
    const auto nick = line ? find_nick(line->prefix) : std::nullopt;
    // Servers speak without a user, and to clients only; our own words may come back to us.
    if (!nick || is_self(*nick)) return std::nullopt;
    const auto said = find_said(line->param(1), *nick);
    if (!said) return std::nullopt;
    Message message;
    message.is_channel = is_channel(line->param(0), channel_types_);
    // To the operators of a channel ("@#chat"), or to everybody on the server: not to us.
    if (!message.is_channel && !is_self(line->param(0))) return std::nullopt;
    message.nick = to_utf8(*nick);
    message.peer = message.is_channel ? to_utf8(line->param(0)) : message.nick;
    message.sender = to_utf8(line->prefix);
    message.is_notice = line->command == "NOTICE";
    const Address address = find_address(*said, nick_, mapping_);
    message.is_addressed = address.is_addressed;
    message.text = message.is_channel ? address.text : *said;
    if (message.text.find_first_not_of(" \t") == std::string::npos) return std::nullopt;
    // No server makes such names; the core would not take them.
    const std::size_t longest = std::max({message.sender.size(), message.peer.size()});
    if (message.nick.empty() || message.peer.empty() || longest > ipc::kMaxIdBytes)
        return std::nullopt;
    return message;
}

void Client::keep_alive() {
    if (clock_.steady() - last_heard_ > kSilenceLimit) {
        return on_ended("the server has been silent for too long");
    }
    if (clock_.steady() - last_heard_ < 2 * kAliveEvery) events_.on_alive();
    connection_->write_now("PING :alive");
}

bool Client::is_self(std::string_view nick) const {
    return fold(nick, mapping_) == fold(nick_, mapping_);
}

}  // namespace gw::irc
