#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Polling: asks for updates, one long call after the other. Asking for those behind an update tells
// Telegram to forget it, so the offset passes only what the core has accepted.

#include <cstdint>
#include <string>

#include "loop/loop.h"
#include "workers/common/event.h"
#include "workers/telegram/api.h"
#include "workers/telegram/backoff.h"
#include "workers/telegram/settings.h"

namespace gw::telegram {

class Polling {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        // An update, ascending. raw is its JSON, or what came in its place where that is none. An
        // error: it was not taken, and comes again.
        virtual Result<workers::Flow> on_update(std::int64_t id, std::string raw) = 0;
        // The first update that the core has not accepted; 0: it has all.
        [[nodiscard]] virtual std::int64_t first_unaccepted() const = 0;
        // Updates are numbered anew, from id on: after a quiet week, or for another bot.
        virtual void on_numbered_anew(std::int64_t id) = 0;
        virtual void on_polled() = 0;  // Telegram answered
        virtual void on_poll_trouble(const std::string& what) = 0;
        virtual void on_poll_refused(const std::string& what) = 0;  // nothing is tried any more
    };

    Polling(loop::Loop& loop, Api& api, const Settings& settings, Events& events);

    // next: the first update that was not kept yet; 0: whatever Telegram has.
    void start(std::int64_t next);
    void stop();
    // The core accepted something, or has room again.
    void go_on();

  private:
    void poll();
    void on_answer(const ApiOutcome& outcome, const std::string& body);
    void notice_numbering(json::Value updates);
    void take_all(json::Value updates);
    void take(std::int64_t id, std::string raw);
    bool take_malformed(const std::string& body);
    void on_failed(const ApiError& error);
    void schedule();

    Api& api_;
    const Settings& settings_;
    Events& events_;
    std::int64_t next_ = 0;    // behind the last one that was taken
    std::int64_t asked_ = 0;   // the offset of the present poll; 0: none
    bool is_full_ = false;     // the core wants us to read less
    bool is_refused_ = false;  // it did not take the last one
    bool takes_one_ = false;   // at a time: an answer could not be read
    bool is_on_ = false;
    bool is_backing_off_ = false;
    Backoff backoff_;
    loop::Timer timer_;
    Api::Call call_;
};

}  // namespace gw::telegram
