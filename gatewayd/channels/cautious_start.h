#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Cautious start: what the core knows of the events that crash an account's worker. Pure: it is
// told what happens and says what follows; the counts are the store's (store/event_crashes.h).
//
// After a bad end the next start is cautious: the worker announces each event before it parses it
// (EventStarted). If it ends badly again, that event is to blame. What was blamed often enough goes
// on the skip list of the next Configure, and the worker hands its bytes over unparsed
// (EventSkipped).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "gatewayd/supervisor/restart_policy.h"
#include "proto/worker_to_core.pb.h"

namespace gw::channels {

// So often an event may crash its worker before it is parsed no more.
constexpr int kMaxCrashes = 3;
// Ids a skip list names at most: the newest.
constexpr int kMaxSkip = 256;

struct StartedEvent {
    std::string event_id;
    base::Bytes digest;

    bool operator==(const StartedEvent&) const = default;
};

// One account's.
struct Caution {
    bool is_cautious = false;             // the present worker, or the next one while there is none
    std::vector<std::string> skip;        // what the present worker was told, sorted
    std::optional<StartedEvent> started;  // announced and not yet accepted
};

// Whether a worker that ended so may have died of what it parsed. One that failed may too: an
// exception that nobody caught ends as an exit code.
bool is_bad_end(supervisor::ExitClass exit);

// The worker is told the skip list.
void on_configured(Caution& caution, std::vector<std::string> skip);

// Errc::invalid_input when the worker may not say so.
Result<void> on_started(Caution& caution, const proto::EventStarted& event);
Result<void> check_skipped(const Caution& caution, const proto::EventSkipped& event);

// The event was accepted.
void on_settled(Caution& caution, const std::string& event_id);

// The worker is cut off because of us, not of what it parsed.
void absolve(Caution& caution);

// The worker's end. Returns the event to be blamed for it, if there is one.
std::optional<StartedEvent> on_ended(Caution& caution, supervisor::ExitClass exit);

}  // namespace gw::channels
