// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// What the client does until the server greets it, and about its nick afterwards.

#include "workers/irc/client.h"

namespace gw::irc {

namespace {

constexpr std::chrono::seconds kNickPause{5};

// What a server says that we are called: no longer than any network allows, and a nick.
bool may_be_ours(std::string_view nick) {
    constexpr std::size_t kMaxNick = 255;
    return nick.size() <= kMaxNick && is_nick(nick);
}

}  // namespace

void Client::on_cap(const Line& line) {
    for (const std::string& answer : capabilities_.on_cap(line))
        connection_->write_now(answer);
    go_on_registering();
}

void Client::go_on_registering() {
    if (state_ != State::registering || has_negotiated_ || !capabilities_.is_settled()) return;
    if (!settings_.sasl || is_authenticated_) return end_negotiation();
    if (std::exchange(is_authenticating_, true)) return;
    const Sasl sasl(*settings_.sasl);
    if (!capabilities_.has("sasl") || !sasl.is_offered(capabilities_.value("sasl"))) {
        return on_ended("the server does not offer the SASL mechanism of channels.irc.sasl");
    }
    connection_->write_now(sasl.opening());
}

void Client::end_negotiation() {
    has_negotiated_ = true;
    connection_->write_now("CAP END");
}

void Client::on_authenticate(const Line& line) {
    if (!is_authenticating_ || is_authenticated_) return;
    for (const std::string& answer : Sasl(*settings_.sasl).on_challenge(line.param(0)))
        connection_->write_now(answer);
}

void Client::on_sasl_numeric(int numeric, const Line& line) {
    if (!is_authenticating_ || state_ != State::registering) return;
    switch (Sasl::verdict(numeric)) {
        case Sasl::Verdict::none: return;
        case Sasl::Verdict::authenticated: is_authenticated_ = true; return go_on_registering();
        case Sasl::Verdict::refused:
            return give_up("the server refuses to log in (" + last_words(line) +
                           "); correct channels.irc.sasl and channels.irc.saslPassword");
        case Sasl::Verdict::unavailable:
            return on_ended("logging in was broken off: " + last_words(line));
    }
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
    if (state_ != State::registering) return;
    if (settings_.sasl && !is_authenticated_) {
        return on_ended("the server knows no SASL, which channels.irc.sasl asks for");
    }
    // The server may have shortened the nick.
    if (!line.param(0).empty()) {
        if (!may_be_ours(line.param(0))) return on_ended("the server gave a nick that is none");
        nick_ = line.param(0);
    }
    // How others see us decides how much text fits a line.
    connection_->write_now("USERHOST " + nick_);
}

void Client::on_end_of_greeting() {
    if (state_ != State::registering) return;
    step_timer_.stop();
    state_ = State::joining;
    if (!settings_.nickserv_password.is_empty()) {
        connection_->write("PRIVMSG NickServ :IDENTIFY " +
                           std::string(settings_.nickserv_password.reveal()));
    }
    join_due();
}

// 302: "nick=+user@host", with "*" behind an operator's nick and "-" for somebody away.
void Client::on_user_host(const Line& line) {
    const std::string_view reply = line.params.empty() ? std::string_view() : line.params.back();
    const std::size_t equals = reply.find('=');
    if (!own_prefix_.empty() || equals == std::string_view::npos) return;
    std::string_view nick = reply.substr(0, equals);
    if (nick.ends_with('*')) nick.remove_suffix(1);
    std::string_view who = reply.substr(equals + 1);
    who = who.substr(0, who.find(' '));
    if (!is_self(nick) || who.size() < 2) return;
    own_prefix_ = nick_ + '!' + std::string(who.substr(1));
}

std::string Client::wanted_nick() const {
    const std::size_t longest = features_.nick_bytes;
    return longest == 0 ? settings_.nick : settings_.nick.substr(0, longest);
}

// Once a minute: servers without a way to be told know at least who is there.
void Client::ask_for_nick() {
    if (!is_self(wanted_nick())) connection_->write("ISON " + wanted_nick());
}

// 303: who of those asked about is there.
void Client::on_present(const Line& line) {
    if (state_ != State::connected || is_self(wanted_nick())) return;
    if (last_words(line).find_first_not_of(' ') != std::string::npos) return;
    take_nick();
}

// Not as often as somebody else can come and go.
void Client::take_nick() {
    const base::SteadyTime now = clock_.steady();
    if (nick_taken_ && now - *nick_taken_ < kNickPause) return;
    nick_taken_ = now;
    connection_->write("NICK " + wanted_nick());
}

void Client::on_quit(const Line& line) {
    const auto nick = find_nick(line.prefix);
    const std::string wanted = wanted_nick();
    if (!nick || is_self(wanted) || state_ != State::connected) return;
    if (fold(*nick, features_.mapping) == fold(wanted, features_.mapping)) {
        take_nick();
    }
}

void Client::on_nick_change(const Line& line) {
    const auto nick = find_nick(line.prefix);
    if (!nick || line.param(0).empty()) return;
    if (!is_self(*nick)) return on_quit(line);  // whoever had ours has another now
    if (!may_be_ours(line.param(0))) return on_ended("the server gave a nick that is none");
    nick_ = line.param(0);
    own_prefix_.clear();
    if (state_ == State::connected) tell_connected();
}

}  // namespace gw::irc
