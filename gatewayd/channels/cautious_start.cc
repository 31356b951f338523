// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/cautious_start.h"

#include <algorithm>
#include <utility>

#include "ipc/limits.h"

namespace gw::channels {

namespace {

constexpr std::size_t kDigestBytes = 32;  // SHA-256

bool is_on_list(const Caution& caution, const std::string& event_id) {
    return std::ranges::binary_search(caution.skip, event_id);
}

}  // namespace

bool is_bad_end(supervisor::ExitClass exit) {
    using supervisor::ExitClass;
    switch (exit) {
        case ExitClass::crashed:
        case ExitClass::failed:
        case ExitClass::hung:
        case ExitClass::out_of_memory:
        case ExitClass::protocol_violation: return true;
        case ExitClass::asked_to_stop:
        case ExitClass::blocked: return false;
    }
    return false;
}

void on_configured(Caution& caution, std::vector<std::string> skip) {
    std::ranges::sort(skip);
    caution.skip = std::move(skip);
}

Result<void> on_started(Caution& caution, const proto::EventStarted& event) {
    if (!caution.is_cautious) return fail(Errc::invalid_input, "nobody asked to be cautious");
    if (event.event_id().empty() || event.event_id().size() > ipc::kMaxIdBytes) {
        return fail(Errc::invalid_input, "bad event id");
    }
    if (event.digest().size() != kDigestBytes) return fail(Errc::invalid_input, "bad digest");
    if (is_on_list(caution, event.event_id())) {
        return fail(Errc::invalid_input, "parses an event it was told to skip");
    }
    const auto digest = base::as_bytes(event.digest());
    caution.started = StartedEvent{event.event_id(), {digest.begin(), digest.end()}};
    return {};
}

Result<void> check_skipped(const Caution& caution, const proto::EventSkipped& event) {
    if (is_on_list(caution, event.event_id())) return {};
    return fail(Errc::invalid_input, "skipped an event it was not told to skip");
}

void on_settled(Caution& caution, const std::string& event_id) {
    if (caution.started && caution.started->event_id == event_id) caution.started.reset();
}

void absolve(Caution& caution) {
    caution.started.reset();
}

std::optional<StartedEvent> on_ended(Caution& caution, supervisor::ExitClass exit) {
    caution.is_cautious = is_bad_end(exit);
    caution.skip.clear();
    std::optional<StartedEvent> blamed = std::exchange(caution.started, std::nullopt);
    return caution.is_cautious ? blamed : std::nullopt;
}

}  // namespace gw::channels
