// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/inbound.h"

#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "ipc/limits.h"

namespace gw::workers {

namespace {

// How often to look whether a core that reads slowly has taken EventStarted.
constexpr std::chrono::milliseconds kRetryEvery{10};

}  // namespace

Inbound::Inbound(loop::Loop& loop, Host& host)
    : host_(host), retry_timer_(loop, [this] { advance(), tell_room(); }) {}

void Inbound::configure(const proto::Configure& settings) {
    generation_ = settings.generation();
    is_cautious_ = settings.is_cautious();
    skip_.insert(settings.skip().begin(), settings.skip().end());
}

Result<Flow> Inbound::take(Event event) {
    if (event.id.empty()) {
        event.id = std::to_string(generation_) + '-' + std::to_string(++last_made_id_);
    }
    if (event.id.size() > ipc::kMaxIdBytes) {
        return fail(Errc::invalid_input, "an event id of the network is too long");
    }
    const std::size_t size = event.raw.size();
    // One that is larger than all may be together passes alone.
    const bool is_full =
        held_.size() >= kMaxEvents || (!held_.empty() && held_bytes_ + size > kMaxBytes);
    if (!held_.contains(event.id)) {
        if (is_full) return fail(Errc::limit_exceeded, "too many events wait for the core");
        held_.emplace(event.id, Held{.size = size});
        held_bytes_ += size;
        unparsed_.push_back(std::move(event));
        advance();
    }
    wants_less_ = wants_less_ || is_above(2);
    return wants_less_ ? Flow::read_less : Flow::go_on;
}

bool Inbound::accept(const std::string& event_id) {
    const auto found = held_.find(event_id);
    if (found == held_.end() || !found->second.is_said) return false;
    forget(event_id);
    is_under_way_ = false;
    host_.on_accepted(event_id);
    advance();
    tell_room();
    return true;
}

void Inbound::advance() {
    while (!unparsed_.empty() && !(is_cautious_ && is_under_way_)) {
        const Event& next = unparsed_.front();
        if (skip_.contains(next.id)) {
            hand_over_unparsed(next);
        } else if (may_parse(next)) {
            hand_over(next);
        } else {
            return retry_timer_.start(kRetryEvery);
        }
        unparsed_.pop_front();
    }
}

bool Inbound::may_parse(const Event& event) {
    if (!is_cautious_) return true;
    if (!std::exchange(is_announced_, true)) {
        const base::Sha256 digest = base::sha256(base::as_bytes(event.raw));
        proto::WorkerToCore message;
        message.mutable_event_started()->set_event_id(event.id);
        message.mutable_event_started()->set_digest(digest.data(), digest.size());
        host_.say(message);
    }
    return host_.is_drained();
}

void Inbound::hand_over(const Event& event) {
    is_announced_ = false;
    auto parsed = host_.parse(event);
    if (!parsed) return pass(event);
    mark_under_way(event);
    parsed->set_event_id(event.id);
    parsed->set_cursor(event.cursor);
    proto::WorkerToCore message;
    *message.mutable_message_received() = *std::move(parsed);
    host_.say(message);
}

// The core has to know of an event that it was told of, and of one whose cursor may be the last for
// long: the next start would ask for all of it again.
void Inbound::pass(const Event& event) {
    if (!is_cautious_ && event.cursor.empty()) return forget(event.id);
    mark_under_way(event);
    proto::WorkerToCore message;
    message.mutable_event_passed()->set_event_id(event.id);
    message.mutable_event_passed()->set_cursor(event.cursor);
    host_.say(message);
}

void Inbound::hand_over_unparsed(const Event& event) {
    mark_under_way(event);
    proto::WorkerToCore message;
    auto& skipped = *message.mutable_event_skipped();
    skipped.set_event_id(event.id);
    skipped.set_cursor(event.cursor);
    skipped.set_raw(event.raw.substr(0, ipc::kMaxQuarantineBytes));
    host_.say(message);
}

void Inbound::mark_under_way(const Event& event) {
    held_.at(event.id).is_said = true;
    is_under_way_ = true;
}

void Inbound::forget(const std::string& event_id) {
    const auto found = held_.find(event_id);
    held_bytes_ -= found->second.size;
    held_.erase(found);
}

void Inbound::tell_room() {
    if (!wants_less_ || is_above(4)) return;
    wants_less_ = false;
    host_.on_room();
}

bool Inbound::is_above(std::size_t part) const {
    return held_.size() >= kMaxEvents / part || held_bytes_ >= kMaxBytes / part;
}

}  // namespace gw::workers
