// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/last_heard.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace gw::workers {

namespace {

using namespace std::chrono_literals;

constexpr char kKey[] = "last heard";
constexpr auto kTryAgainAfter = 1s;

std::int64_t number_of(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

LastHeard::LastHeard(loop::Loop& loop, const base::Clock& clock, Core& core)
    : core_(core), clock_(clock), retry_timer_(loop, [this] { ask(); }) {}

std::string LastHeard::cursor(std::int64_t heard_ms) {
    return std::to_string(heard_ms);
}

void LastHeard::recall(std::string_view cursor, std::function<void(std::int64_t)> ready) {
    heard_ms_ = number_of(cursor);
    ready_ = std::move(ready);
    ask();
}

void LastHeard::ask() {
    auto call = core_.state_get(kKey, "", 1, [this](const auto& kept) { on_answer(kept); });
    if (!call) return retry_timer_.start(kTryAgainAfter);
    call_ = std::move(*call);
}

// The cursor speaks of events only, and there may have been none for long.
void LastHeard::on_answer(const Result<proto::StateValues>& kept) {
    if (!kept) return retry_timer_.start(kTryAgainAfter);
    if (kept->entries_size() == 1) {
        heard_ms_ = std::max(heard_ms_, number_of(kept->entries(0).value()));
    }
    begin_listening();
}

// Before the first thing can be heard: whoever follows us must know from when on it may have missed
// something.
void LastHeard::begin_listening() {
    const std::int64_t since_ms = heard_ms_ != 0 ? heard_ms_ : clock_.wall_ms();
    const bool is_asked = put(since_ms, [this](const Result<proto::StateStored>& stored) {
        if (!stored) return retry_timer_.start(kTryAgainAfter);
        std::exchange(ready_, nullptr)(heard_ms_);
    });
    if (!is_asked) retry_timer_.start(kTryAgainAfter);
}

void LastHeard::note(std::int64_t heard_ms) {
    if (ready_ || is_noting_ || heard_ms <= noted_ms_ || !core_.is_caught_up()) return;
    is_noting_ = put(heard_ms, [this](const auto&) { is_noting_ = false; });
}

bool LastHeard::put(std::int64_t heard_ms, Core::StateStored done) {
    proto::StateEntry entry;
    entry.set_key(kKey);
    entry.set_value(std::to_string(heard_ms));
    auto call = core_.state_put({entry}, std::move(done));
    if (!call) return false;
    noted_ms_ = heard_ms;
    call_ = std::move(*call);
    return true;
}

}  // namespace gw::workers
