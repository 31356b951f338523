// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/login.h"

#include <algorithm>

namespace gw::telegram {

namespace {

constexpr std::chrono::seconds kCheckEvery{30};

}  // namespace

std::string token_refused(const ApiError& error) {
    return "Telegram does not take the bot's token (" + error.text +
           "): set channels.telegram.botToken to the one that @BotFather shows, and restart the "
           "channel";
}

Login::Login(loop::Loop& loop, Api& api, const Settings& settings, Events& events)
    : api_(api),
      settings_(settings),
      events_(events),
      retry_timer_(loop, [this] { self_.id == 0 ? ask_who() : set_mode(); }),
      check_timer_(loop, [this] { check(); }) {}

void Login::start() {
    ask_who();
}

void Login::stop() {
    retry_timer_.stop();
    check_timer_.stop();
    call_.cancel();
}

void Login::ask_who() {
    call_ = api_.call({.method = "getMe", .params = {}},
                      [this](const auto& outcome) { on_who(outcome); });
}

void Login::on_who(const ApiOutcome& outcome) {
    if (!outcome) return on_failed(outcome.error());
    const auto id = find_integer(*outcome, "id");
    if (!id || *id <= 0) return on_failed({.text = "getMe names no id"});
    self_ = {.id = *id, .username = text_of(*outcome, "username")};
    set_mode();
}

void Login::set_mode() {
    Order order{.method = "deleteWebhook", .params = {{"drop_pending_updates", "false"}}};
    if (!settings_.webhook_url.empty()) {
        order = {.method = "setWebhook",
                 .params = {{"url", settings_.webhook_url},
                            {"secret_token", std::string(settings_.webhook_secret.reveal())},
                            {"allowed_updates", std::string(kAllowedUpdates)},
                            {"drop_pending_updates", "false"}}};
    }
    call_ = api_.call(std::move(order), [this](const auto& outcome) { on_mode(outcome); });
}

void Login::on_mode(const ApiOutcome& outcome) {
    if (outcome) {
        backoff_.reset();
        return events_.on_logged_in(self_);
    }
    if (outcome.error().code == 400) {
        return events_.on_login_refused("channels.telegram.webhookUrl: " + outcome.error().text);
    }
    on_failed(outcome.error());
}

void Login::keep_checking() {
    check_timer_.start_repeating(kCheckEvery);
}

void Login::check() {
    call_ = api_.call({.method = "getMe", .params = {}}, [this](const auto& outcome) {
        if (outcome) return events_.on_checked();
        const ApiError& error = outcome.error();
        const bool is_refused = error.code == 401 || error.code == 404;
        if (is_refused) return events_.on_login_refused(token_refused(error));
        events_.on_login_trouble(error.text);
    });
}

void Login::on_failed(const ApiError& error) {
    if (error.code == 401 || error.code == 404) {
        return events_.on_login_refused(token_refused(error));
    }
    events_.on_login_trouble(error.text);
    retry_timer_.start(std::max<std::chrono::milliseconds>(backoff_.next(), error.retry_after));
}

}  // namespace gw::telegram
