// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/deliveries.h"

#include <algorithm>
#include <utility>

namespace gw::telegram {

Deliveries::Deliveries(loop::Loop& loop, workers::Core& core, Api& api, const Settings& settings,
                       Events& events)
    : loop_(loop),
      core_(core),
      api_(api),
      settings_(settings),
      events_(events),
      sweep_timer_(loop, [this] { sweep(); }) {}

void Deliveries::take(const proto::SendMessage& order) {
    if (idle_) return core_.send_failed(order, proto::SEND_FAILURE_TRANSIENT, "stopping", 0);
    auto target = parse_target(order.to());
    if (!target) {
        return core_.send_failed(order, proto::SEND_FAILURE_PERMANENT, target.error().message, 0);
    }
    if (is_under_way(order)) {
        return core_.send_failed(order, proto::SEND_FAILURE_UNCERTAIN,
                                 "the attempt before this one has not ended", 0);
    }
    if (orders_ >= kMaxOrders) {
        return core_.send_failed(order, proto::SEND_FAILURE_TRANSIENT, "too many messages wait", 0);
    }
    const std::string chat = target->chat;
    Lane& lane = lanes_[chat];
    lane.push_back(new_delivery(order, std::move(*target)));
    ++orders_;
    if (lane.size() == 1) waiting_.push_back(chat);
    start_next();
}

// The core gave up waiting for an attempt that has not begun: the new one takes its place. One that
// has begun may be on Telegram already.
bool Deliveries::is_under_way(const proto::SendMessage& order) {
    for (auto& [chat, lane] : lanes_) {
        const auto before = std::find_if(lane.begin(), lane.end(), [&order](const auto& one) {
            return one->order().delivery_id() == order.delivery_id();
        });
        if (before == lane.end()) continue;
        if ((*before)->has_begun()) return true;
        const bool is_first = before == lane.begin();
        const bool has_started = is_first && std::erase(waiting_, chat) == 0;
        if (has_started) --under_way_;
        lane.erase(before);
        --orders_;
        if (lane.empty()) {
            lanes_.erase(chat);
        } else if (is_first) {
            waiting_.push_back(chat);
        }
        return false;
    }
    return false;
}

void Deliveries::on_media_chunk(const proto::MediaChunk& chunk) {
    for (auto& [chat, lane] : lanes_) {
        const auto& media = lane.front()->order().media();
        const bool is_its = std::any_of(media.begin(), media.end(), [&chunk](const auto& file) {
            return file.media_id() == chunk.media_id();
        });
        if (is_its) return lane.front()->on_media_chunk(chunk);
    }
}

std::unique_ptr<Delivery> Deliveries::new_delivery(const proto::SendMessage& order, Target target) {
    // Not make_unique: that one may not see our private base.
    return std::unique_ptr<Delivery>(
        new Delivery(loop_, core_, api_, settings_, order, std::move(target), *this));
}

void Deliveries::start_next() {
    while (!idle_ && under_way_ < kMaxAtOnce && !waiting_.empty()) {
        const std::string chat = std::move(waiting_.front());
        waiting_.pop_front();
        ++under_way_;
        lanes_.at(chat).front()->start();
    }
}

void Deliveries::on_said(const std::string& chat, const std::string& message_id) {
    events_.on_said(chat, message_id);
}

void Deliveries::on_revoked(const ApiError& why) {
    events_.on_revoked(why);
}

// It is called from inside the delivery, which goes later.
void Deliveries::on_ended(Delivery& delivery) {
    const auto found = std::find_if(lanes_.begin(), lanes_.end(), [&delivery](const auto& lane) {
        return lane.second.front().get() == &delivery;
    });
    if (found == lanes_.end()) return;
    ended_.push_back(std::move(found->second.front()));
    found->second.pop_front();
    --orders_;
    --under_way_;
    if (found->second.empty()) {
        lanes_.erase(found);
    } else {
        waiting_.push_back(found->first);
    }
    sweep_timer_.start(std::chrono::milliseconds(0));
}

void Deliveries::sweep() {
    ended_.clear();
    start_next();
    if (idle_ && under_way_ == 0) std::exchange(idle_, [] {})();
}

void Deliveries::stop(std::function<void()> idle) {
    idle_ = std::move(idle);
    for (auto lane = lanes_.begin(); lane != lanes_.end();) {
        std::erase_if(lane->second, [this](const auto& delivery) {
            if (delivery->has_begun()) return false;
            core_.send_failed(delivery->order(), proto::SEND_FAILURE_TRANSIENT, "stopping", 0);
            return true;
        });
        lane = lane->second.empty() ? lanes_.erase(lane) : std::next(lane);
    }
    waiting_.clear();
    under_way_ = lanes_.size();
    orders_ = lanes_.size();
    sweep_timer_.start(std::chrono::milliseconds(0));
}

}  // namespace gw::telegram
