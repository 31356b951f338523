// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/client.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "base/random.h"
#include "ipc/limits.h"
#include "workers/irc/tags.h"

namespace gw::irc {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kSilenceLimit{90};
constexpr std::chrono::seconds kRegistrationLimit{30};
constexpr std::chrono::seconds kNickEvery{60};
constexpr std::chrono::seconds kHealthyAfter{60};
// For how long a channel that we are kept out of is a gap for whoever comes after this process.
constexpr std::chrono::milliseconds kAbsenceRemembered{600'000};
constexpr milliseconds kFirstDelay{1000};
constexpr milliseconds kLongestDelay{60'000};

milliseconds with_jitter(milliseconds delay) {
    std::byte random[1];
    base::fill_random(random);
    return delay + delay * std::to_integer<int>(random[0]) / 1024;  // up to a quarter more
}

// Errors about a JOIN.
bool is_join_refusal(int numeric) {
    return numeric == 403 || numeric == 405 || numeric == 437 || numeric == 470 || numeric == 471 ||
           (numeric >= 473 && numeric <= 477) || numeric == 489 || numeric == 520;
}

}  // namespace

Client::Client(loop::Loop& loop, const base::Clock& clock, Settings settings,
               std::unique_ptr<net::TlsContext> tls, Events& events)
    : loop_(loop),
      clock_(clock),
      settings_(std::move(settings)),
      tls_(std::move(tls)),
      events_(events),
      capabilities_(settings_.sasl.has_value()),
      channels_(settings_.channels),
      last_heard_(clock.steady()),
      connected_since_(clock.steady()),
      reconnect_timer_(loop, [this] { connect(); }),
      alive_timer_(loop, [this] { keep_alive(); }),
      step_timer_(loop, [this] { on_step_overdue(); }),
      retry_timer_(loop, [this] { begin_next(); }),
      answer_timer_(loop, [this] { on_ended("the server does not confirm what was sent"); }),
      bury_timer_(loop, [this] { ended_.reset(); }),
      channels_timer_(loop, [this] { join_due(); }),
      nick_timer_(loop, [this] { ask_for_nick(); }),
      history_timer_(loop, [this] { on_history_overdue(); }) {}

Client::~Client() = default;

std::int64_t Client::complete_until_ms() const {
    std::int64_t until_ms = lost_at_ms_ != 0 ? lost_at_ms_ : last_heard_ms_;
    if (history_.is_active()) {
        until_ms = std::min(until_ms, history_.since_ms() - server_ahead_ms_);
    }
    const std::int64_t missed_ms =
        channels_.find_missed_since(until_ms - kAbsenceRemembered.count());
    return missed_ms != 0 ? std::min(until_ms, missed_ms) : until_ms;
}

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
    forget_server();
    events_.on_link(proto::LINK_STATE_CONNECTING,
                    "connecting to " + settings_.host + ':' + std::to_string(settings_.port), "");
    connection_ = std::make_unique<Connection>(loop_, settings_.host, settings_.port, tls_.get(),
                                               settings_.flood_delay,
                                               static_cast<Connection::Events&>(*this));
}

// Another server may answer to the same name.
void Client::forget_server() {
    nick_ = settings_.nick;
    nick_tries_ = 0;
    own_prefix_.clear();
    closing_words_.clear();
    told_.clear();
    capabilities_ = Capabilities(settings_.sasl.has_value());
    has_negotiated_ = false;
    is_authenticating_ = false;
    is_authenticated_ = false;
    nick_taken_.reset();
    server_ahead_ms_ = 0;
    features_ = ServerFeatures();
    channels_.reset();
    batches_.reset();
    history_.stop();
}

void Client::on_connected() {
    state_ = State::registering;
    mark_heard();
    connection_->write_now(Capabilities::opening());
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
    const std::int64_t complete_ms = complete_until_ms();  // before the history is forgotten
    drop_connection();
    if (state_ == State::stopping) {
        state_ = State::idle;
        if (auto tell = std::exchange(stopped_, nullptr)) tell();
        return;
    }
    const std::string why = closing_words_.empty() ? reason : reason + ": " + closing_words_;
    if (state_ == State::connected || state_ == State::joining) {
        // What the server sent after its last line that arrived is lost, whenever we noticed.
        if (lost_at_ms_ == 0) lost_why_ = why;
        lost_at_ms_ = complete_ms;
    }
    if (state_ == State::connected) {
        if (clock_.steady() - connected_since_ > kHealthyAfter) failures_ = 0;
    }
    state_ = State::idle;
    drop_deliveries("connection lost: " + why);
    reconnect_later(why);
}

void Client::drop_connection() {
    // It may be calling us just now.
    ended_ = std::move(connection_);
    bury_timer_.start(milliseconds(0));
    alive_timer_.stop();
    step_timer_.stop();
    channels_timer_.stop();
    nick_timer_.stop();
    history_timer_.stop();
    history_.stop();
}

void Client::reconnect_later(const std::string& why) {
    const int doublings = std::min(failures_++, 6);
    const milliseconds delay = with_jitter(std::min(kFirstDelay * (1 << doublings), kLongestDelay));
    log::warn("irc", "not connected", {{"reason", why}, {"retry_ms", delay.count()}});
    events_.on_link(proto::LINK_STATE_CONNECTING, why + "; trying again", "");
    reconnect_timer_.start(delay);
}

void Client::give_up(const std::string& what_to_do) {
    if (state_ == State::stopping) return on_ended(what_to_do);
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
    if (Batch* batch = batches_.find(*line)) {
        ++batch->lines;
    } else if (const auto said_ms = find_time(line->tags)) {
        server_ahead_ms_ = *said_ms - last_heard_ms_;
    }
    int numeric = 0;
    const auto& command = line->command;
    const auto [end, error] =
        std::from_chars(command.data(), command.data() + command.size(), numeric);
    if (error == std::errc() && end == command.data() + command.size()) {
        return on_numeric(numeric, *line);
    }
    on_command(text, *line);
}

void Client::on_command(std::string_view text, const Line& line) {
    const std::string_view command = line.command;
    if (command == "PRIVMSG" || command == "NOTICE") return on_said(text, line);
    if (command == "PING") return connection_->write_now("PONG :" + std::string(line.param(0)));
    if (command == "PONG") return on_pong(line);
    if (command == "BATCH") return on_batch(line);
    if (command == "ACK") return on_acknowledged(line);
    if (command == "FAIL") return on_fail(line);
    if (command == "CHATHISTORY") return on_history_target(line);
    if (command == "CAP") return on_cap(line);
    if (command == "AUTHENTICATE") return on_authenticate(line);
    if (command == "JOIN") return on_join(line);
    if (command == "NICK") return on_nick_change(line);
    if (command == "QUIT") return on_quit(line);
    if (command == "KICK") {
        const std::string who = to_utf8(find_nick(line.prefix).value_or(line.prefix));
        return on_removed(line.param(0), line.param(1), "kicked by " + who);
    }
    if (command == "PART") {
        return on_removed(line.param(0), find_nick(line.prefix).value_or(""), "made to leave");
    }
    if (command == "KILL" || command == "ERROR") closing_words_ = last_words(line);
}

void Client::on_numeric(int numeric, const Line& line) {
    switch (numeric) {
        case 1: return on_welcome(line);
        case 5: return features_.take(line);
        case 302: return on_user_host(line);
        case 303: return on_present(line);
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
        case 902:
        case 903:
        case 904:
        case 905:
        case 906:
        case 907: return on_sasl_numeric(numeric, line);
        default: break;
    }
    if (is_join_refusal(numeric) && channels_.is_asked(line.param(1), features_.mapping)) {
        return on_join_refused(line);
    }
    // Somebody who is away has got it all the same.
    if (numeric == 301 && !capabilities_.has("echo-message")) return on_acknowledged(line);
    on_refusal(numeric, line);
}

void Client::on_step_overdue() {
    if (state_ != State::joining && state_ != State::connected) {
        return on_ended("the server did not finish the greeting in time");
    }
    // One channel without an answer must not cost the others, and direct messages.
    channels_.give_up_waiting(clock_.steady());
    after_join_answer();
}

void Client::mark_heard() {
    last_heard_ = clock_.steady();
    last_heard_ms_ = clock_.wall_ms();
}

void Client::set_connected() {
    state_ = State::connected;
    connected_since_ = clock_.steady();
    failures_ = std::min(failures_, 3);
    tell_connected();
    nick_timer_.start_repeating(kNickEvery);
    catch_up();
    begin_next();
}

void Client::tell_connected() {
    const std::string lacks = channels_.shortcomings();
    const std::string detail = "registered as " + to_utf8(nick_) + " on " + settings_.host +
                               (lacks.empty() ? "" : "; " + lacks);
    if (std::exchange(told_, detail) == detail) return;
    events_.on_link(proto::LINK_STATE_CONNECTED, detail, to_utf8(nick_));
}

void Client::on_said(std::string_view text, const Line& line) {
    if (state_ == State::stopping) return;
    const auto nick = find_nick(line.prefix);
    if (const Batch* batch = batches_.find(line); batch != nullptr && batch->is_playback()) {
        if (!is_wanted_playback(line)) return;
    } else if (nick && is_self(*nick)) {
        return on_echo(line);
    } else if (nick && is_self(line.param(0)) && line.command == "PRIVMSG") {
        const auto answer = ctcp_.find_answer(line.param(1), clock_.steady());
        if (answer) connection_->write("NOTICE " + std::string(*nick) + " :" + *answer);
    }
    if (events_.on_said(text) == workers::Flow::read_less) connection_->pause();
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
    message.is_channel = is_channel(line->param(0), features_.channel_types);
    // To the operators of a channel ("@#chat"), or to everybody on the server: not to us. Any nick
    // is ours, which we may have changed since.
    if (!message.is_channel && !is_nick(line->param(0))) return std::nullopt;
    message.nick = to_utf8(*nick);
    message.peer = message.is_channel ? to_utf8(line->param(0)) : message.nick;
    const auto account = find_account(line->tags);
    message.is_account = account.has_value();
    message.sender = account ? *account : to_utf8(line->prefix);
    message.id = find_id_tag(line->tags, "msgid").value_or("");
    message.reply_to = find_reply(line->tags);
    message.said_ms = find_time(line->tags);
    message.is_notice = line->command == "NOTICE";
    const Address address = find_address(*said, nick_, features_.mapping);
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
    return fold(nick, features_.mapping) == fold(nick_, features_.mapping);
}

}  // namespace gw::irc
