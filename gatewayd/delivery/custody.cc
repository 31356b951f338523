// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/delivery/custody.h"

#include "gatewayd/delivery/retry.h"

namespace gw::delivery {

namespace {

using namespace std::chrono_literals;
using store::DeliveryState;
using Kind = Step::Kind;

// When the worker took no order although it looked ready.
constexpr std::chrono::milliseconds kHandOverRetry = 250ms;

constexpr std::string_view kExpired = "not delivered in time: the channel was not connected";
constexpr std::string_view kLostBefore =
    "the worker or the gateway ended while this was being sent; whether it arrived is not known";
constexpr std::string_view kNoAnswer =
    "the worker did not answer in time; whether this arrived is not known";
constexpr std::string_view kNotFound = "nobody can tell whether this arrived";
constexpr std::string_view kFatal = "the worker ended each time it was given this message";
constexpr std::string_view kCancelled = "cancelled before it left";

Step finish(DeliveryState end, std::string_view reason) {
    return {.kind = Kind::finish, .end = end, .reason = reason};
}

// An end that says "certainly not", unless an attempt before may have arrived.
Step finish_unless_doubted(const Custody& c, DeliveryState end, std::string_view reason) {
    return finish(c.doubt_ms == 0 ? end : DeliveryState::uncertain, reason);
}

// The present attempt has left no trace; those before are as they were.
Step requeue_unsent(const Custody& c, std::chrono::milliseconds delay) {
    return {.kind = Kind::requeue, .delay = delay, .doubt_ms = c.doubt_ms};
}

std::int64_t doubt_since(const Custody& c) {
    return c.doubt_ms != 0 ? c.doubt_ms : c.attempt_ms;
}

// A tenth of the window is left for the way there and for clocks that differ.
std::int64_t end_of_window(const Provider& provider, std::int64_t first_ms) {
    const std::int64_t window = provider.client_id_window.count();
    return first_ms + window - window / 10;
}

// The provider still drops what comes twice.
bool may_repeat(const Custody& c, std::int64_t now_ms) {
    return now_ms < end_of_window(*c.provider, doubt_since(c));
}

// Bytes may have left and nobody will answer for them.
Step resolve(const Custody& c, std::int64_t now_ms, std::string_view reason) {
    if (now_ms >= c.expires_ms) return finish(DeliveryState::uncertain, reason);
    if (!c.provider) return {.kind = Kind::hold, .doubt_ms = doubt_since(c)};
    if (may_repeat(c, now_ms)) return {.kind = Kind::requeue, .doubt_ms = doubt_since(c)};
    if (!c.provider->can_look_up) return finish(DeliveryState::uncertain, reason);
    const bool is_new = c.attempt_ms != 0 || c.doubtful_ms == 0;
    const std::int64_t landed_ms = (is_new ? now_ms : c.doubtful_ms) + kLanding.count();
    if (now_ms < landed_ms) {
        return {.kind = Kind::hold,
                .delay = std::chrono::milliseconds(landed_ms - now_ms),
                .doubt_ms = doubt_since(c)};
    }
    return {.kind = c.is_connected ? Kind::look_up : Kind::hold, .doubt_ms = doubt_since(c)};
}

// An attempt before may have arrived, and the time to repeat it may be over by now: also because a
// commit took long.
Step go_on(const Custody& c, std::int64_t now_ms, Kind kind) {
    const bool is_safe = c.doubt_ms == 0 || (c.provider && may_repeat(c, now_ms));
    return is_safe ? Step{.kind = kind} : resolve(c, now_ms, kLostBefore);
}

Step on_failed(const Custody& c, const Happening& h) {
    switch (h.failure) {
        case Failure::uncertain: {
            Step step = resolve(c, h.now_ms, {});
            if (step.kind == Kind::requeue) step.delay = retry_delay(c.attempt, h.retry_after);
            return step;
        }
        case Failure::permanent: return finish_unless_doubted(c, DeliveryState::failed, {});
        case Failure::transient: break;
    }
    const auto delay = retry_delay(c.attempt, h.retry_after);
    if (h.now_ms + delay.count() < c.expires_ms) return requeue_unsent(c, delay);
    return finish_unless_doubted(c, DeliveryState::expired, {});
}

Step on_worker_gone(const Custody& c, const Happening& h) {
    Custody alone = c;
    alone.is_connected = false;
    if (c.stage == Stage::looking_up) return {.kind = Kind::hold, .doubt_ms = doubt_since(c)};
    const bool is_fatal = h.is_suspect && c.lost + 1 >= kMaxLostAttempts;
    const bool may_be_started = c.stage == Stage::ordered && !h.was_heard_out;
    if (c.stage == Stage::started || may_be_started) {
        return is_fatal ? finish(DeliveryState::uncertain, kFatal)
                        : resolve(alone, h.now_ms, kLostBefore);
    }
    if (c.stage != Stage::ordered) return {};
    return is_fatal ? finish_unless_doubted(c, DeliveryState::failed, kFatal)
                    : requeue_unsent(c, 0ms);
}

Step on_looked_up(LookUp outcome) {
    switch (outcome) {
        case LookUp::found: return finish(DeliveryState::sent, {});
        case LookUp::absent: return {.kind = Kind::requeue};
        case LookUp::unknown: return finish(DeliveryState::uncertain, kNotFound);
    }
    return finish(DeliveryState::uncertain, kNotFound);
}

bool is_with_worker(Stage stage) {
    return stage == Stage::ordered || stage == Stage::started;
}

}  // namespace

std::string_view name(Stage stage) {
    switch (stage) {
        case Stage::accepting: return "accepting";
        case Stage::queued: return "queued";
        case Stage::marking: return "marking";
        case Stage::ordered: return "ordered";
        case Stage::started: return "started";
        case Stage::doubtful: return "doubtful";
        case Stage::looking_up: return "looking_up";
        case Stage::requeueing: return "requeueing";
        case Stage::finishing: return "finishing";
    }
    return "finishing";
}

std::optional<std::int64_t> end_of_window(const Custody& c) {
    if (c.doubt_ms == 0 || !c.provider) return std::nullopt;
    return end_of_window(*c.provider, c.doubt_ms);
}

Step next(const Custody& c, const Happening& h) {
    switch (h.event) {
        case Event::left_behind: return resolve(c, h.now_ms, kLostBefore);
        case Event::taken: return go_on(c, h.now_ms, Kind::attempt);
        case Event::marked: return go_on(c, h.now_ms, Kind::hand_over);
        case Event::not_handed_to: return requeue_unsent(c, kHandOverRetry);
        case Event::sent: return is_with_worker(c.stage) ? finish(DeliveryState::sent, {}) : Step{};
        case Event::failed: return is_with_worker(c.stage) ? on_failed(c, h) : Step{};
        case Event::no_answer:
            if (is_with_worker(c.stage)) return resolve(c, h.now_ms, kNoAnswer);
            if (c.stage == Stage::looking_up) return finish(DeliveryState::uncertain, kNotFound);
            return {};
        case Event::worker_gone: return on_worker_gone(c, h);
        case Event::worker_ready:
            return c.stage == Stage::doubtful ? resolve(c, h.now_ms, kLostBefore) : Step{};
        case Event::looked_up:
            return c.stage == Stage::looking_up ? on_looked_up(h.look_up) : Step{};
        case Event::expired:
            if (c.stage == Stage::doubtful) return finish(DeliveryState::uncertain, kLostBefore);
            if (c.stage != Stage::queued) return {};
            return c.doubt_ms == 0 ? finish(DeliveryState::expired, kExpired)
                                   : finish(DeliveryState::uncertain, kLostBefore);
        case Event::cancelled:
            return c.stage == Stage::queued
                       ? finish_unless_doubted(c, DeliveryState::cancelled, kCancelled)
                       : Step{};
    }
    return {};
}

}  // namespace gw::delivery
