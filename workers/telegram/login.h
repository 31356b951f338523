#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Login: asks who the bot is and says how its updates are to come, until Telegram has answered
// both. Afterwards it asks now and then whether all is as it was: where nothing is polled for, this
// is how we know that Telegram is there.

#include <string>

#include "loop/loop.h"
#include "workers/telegram/api.h"
#include "workers/telegram/backoff.h"
#include "workers/telegram/settings.h"
#include "workers/telegram/update.h"

namespace gw::telegram {

// The updates that are asked for; the last kind comes only on demand.
inline constexpr std::string_view kAllowedUpdates =
    R"(["message","edited_message","callback_query","message_reaction"])";

class Login {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        // Once. Updates may be polled for, or are on their way to the webhook.
        virtual void on_logged_in(const Self& self) = 0;
        virtual void on_login_trouble(const std::string& what) = 0;
        // A human is needed; nothing is tried any more.
        virtual void on_login_refused(const std::string& what) = 0;
        virtual void on_checked() = 0;
    };

    Login(loop::Loop& loop, Api& api, const Settings& settings, Events& events);

    void start();
    void stop();
    // From now on, every half minute: on_checked when Telegram answers, on_login_trouble when not.
    void keep_checking();

    [[nodiscard]] const Self& self() const { return self_; }

  private:
    void ask_who();
    void on_who(const ApiOutcome& outcome);
    void set_mode();
    void on_mode(const ApiOutcome& outcome);
    void check();
    void on_failed(const ApiError& error);

    Api& api_;
    const Settings& settings_;
    Events& events_;
    Self self_;
    Backoff backoff_;
    loop::Timer retry_timer_;
    loop::Timer check_timer_;
    Api::Call call_;
};

// "Unauthorized" in words that say what to do.
std::string token_refused(const ApiError& error);

}  // namespace gw::telegram
