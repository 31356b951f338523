#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Deliveries: what goes out, in order within a chat and side by side among chats.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "loop/loop.h"
#include "proto/core_to_worker.pb.h"
#include "workers/common/core.h"
#include "workers/telegram/delivery.h"

namespace gw::telegram {

class Deliveries final : private Delivery::Events {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        virtual void on_said(const std::string& chat, const std::string& message_id) = 0;
        virtual void on_revoked(const ApiError& why) = 0;
    };

    // Chats that are written to at the same time, and orders that may be here.
    static constexpr std::size_t kMaxAtOnce = 8;
    static constexpr std::size_t kMaxOrders = 1024;

    Deliveries(loop::Loop& loop, workers::Core& core, Api& api, const Settings& settings,
               Events& events);

    void take(const proto::SendMessage& order);
    void on_media_chunk(const proto::MediaChunk& chunk);

    // Begins nothing any more; what has begun goes on. idle is called once, when nothing is left.
    void stop(std::function<void()> idle);

  private:
    using Lane = std::deque<std::unique_ptr<Delivery>>;  // the first one is under way

    void on_said(const std::string& chat, const std::string& message_id) override;
    void on_revoked(const ApiError& why) override;
    void on_ended(Delivery& delivery) override;

    [[nodiscard]] bool is_under_way(const proto::SendMessage& order);
    [[nodiscard]] std::unique_ptr<Delivery> new_delivery(const proto::SendMessage& order,
                                                         Target target);
    void start_next();
    void sweep();

    loop::Loop& loop_;
    workers::Core& core_;
    Api& api_;
    const Settings& settings_;
    Events& events_;
    std::map<std::string, Lane> lanes_;  // by chat
    std::deque<std::string> waiting_;    // chats whose first one has not started
    std::size_t orders_ = 0;
    std::size_t under_way_ = 0;
    std::vector<std::unique_ptr<Delivery>> ended_;
    loop::Timer sweep_timer_;
    std::function<void()> idle_;  // set: nothing begins any more
};

}  // namespace gw::telegram
