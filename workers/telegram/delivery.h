#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Delivery: one message on its way out, step by step, from its files to its end. Telegram takes no
// id of ours and shows bots nothing of what they said, so a call without an answer ends it as
// uncertain; a call that certainly was not carried out is made again, without the steps before it.

#include <list>
#include <string>
#include <vector>

#include "base/clock.h"
#include "loop/loop.h"
#include "proto/core_to_worker.pb.h"
#include "workers/common/core.h"
#include "workers/common/media.h"
#include "workers/telegram/api.h"
#include "workers/telegram/requests.h"
#include "workers/telegram/settings.h"

namespace gw::telegram {

class Delivery {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        // A message of ours is on Telegram.
        virtual void on_said(const std::string& chat, const std::string& message_id) = 0;
        // The token is not taken any more.
        virtual void on_revoked(const ApiError& why) = 0;
        // The core was answered. The owner destroys the delivery, here or later.
        virtual void on_ended(Delivery& delivery) = 0;
    };

    Delivery(loop::Loop& loop, workers::Core& core, Api& api, const Settings& settings,
             proto::SendMessage order, Target target, Events& events);

    void start();
    void on_media_chunk(const proto::MediaChunk& chunk);

    [[nodiscard]] const proto::SendMessage& order() const { return order_; }
    // Whether something may have gone out.
    [[nodiscard]] bool has_begun() const { return has_begun_; }

  private:
    void begin();
    void make_step();
    void on_answer(const ApiOutcome& outcome);
    void on_refused(const ApiError& error);
    void on_flood(const ApiError& error);
    void on_unsent(const ApiError& error);
    void repeat_after(std::chrono::milliseconds delay, const std::string& why);
    void fail(proto::SendFailure failure, const std::string& reason,
              std::chrono::milliseconds retry_after = {});
    [[nodiscard]] std::string arrived() const;

    loop::Loop& loop_;
    workers::Core& core_;
    Api& api_;
    const Settings& settings_;
    proto::SendMessage order_;
    Target target_;
    Events& events_;
    std::list<workers::MediaDownload> files_;
    std::vector<Step> steps_;
    std::size_t next_ = 0;  // the step that is made, or is about to be
    std::string last_id_;   // of the last step's message
    int tries_ = 0;         // of this step, without anything having left
    bool has_begun_ = false;
    bool has_moved_ = false;  // the chat has a new id
    base::SteadyTime give_up_at_;
    loop::Timer timer_;
    Api::Call call_;
};

}  // namespace gw::telegram
