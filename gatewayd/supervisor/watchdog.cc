// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/watchdog.h"

#include <algorithm>

namespace gw::supervisor {

void Watchdog::on_hello(std::uint32_t progress_interval_ms) {
    progress_interval_ms_ = progress_interval_ms;
}

void Watchdog::on_ready() {
    is_ready_ = true;
    unanswered_ = 0;
}

void Watchdog::on_connected(bool is_connected) {
    is_connected_ = is_connected;
    silent_ = 0;
}

std::optional<std::chrono::milliseconds> Watchdog::progress_interval() const {
    if (progress_interval_ms_ == 0) return std::nullopt;
    return std::max(std::chrono::milliseconds(progress_interval_ms_), kShortestInterval);
}

Watchdog::Verdict Watchdog::on_ping_due(base::SteadyTime now) {
    if (unanswered_ >= kMaxUnanswered) return is_ready_ ? Verdict::no_answer : Verdict::not_ready;
    ++unanswered_;
    if (is_ready_ && !asked_) asked_ = now;
    return Verdict::well;
}

std::optional<std::chrono::microseconds> Watchdog::on_pong(base::SteadyTime now) {
    unanswered_ = 0;
    if (!asked_) return std::nullopt;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - *asked_);
    asked_.reset();
    return took;
}

Watchdog::Verdict Watchdog::on_progress_due() {
    if (!is_connected_) return Verdict::well;
    return ++silent_ > kMaxSilent ? Verdict::no_progress : Verdict::well;
}

std::string_view name(Watchdog::Verdict verdict) {
    switch (verdict) {
        case Watchdog::Verdict::well: return "well";
        case Watchdog::Verdict::not_ready: return "did not get ready";
        case Watchdog::Verdict::no_answer: return "no answer to pings";
        case Watchdog::Verdict::no_progress: return "no progress on its network";
    }
    return "well";
}

}  // namespace gw::supervisor
