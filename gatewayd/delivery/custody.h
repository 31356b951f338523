#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The life of one delivery as a pure table: next(custody, happening) says what is to be done. No
// clock, no store, no worker: the outbox passes in what it knows and carries out the answer.
//
//   accepting → queued → marking → ordered → started → finishing
//                  ↑________________|__________|  requeueing: nothing left, or it may be repeated
//                                              └→ doubtful ⇄ looking_up → finishing
//
// An attempt is in doubt when bytes may have left and nobody will answer for it any more. What
// becomes of it is the provider's nature: the same message again under the id that we chose, while
// the provider still drops what comes twice under one; else asking whether it arrived; else it is
// uncertain, which is told and never repeated.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "gatewayd/delivery/failure.h"
#include "gatewayd/delivery/provider.h"
#include "store/deliveries.h"

namespace gw::delivery {

enum class Stage {
    accepting,   // its acceptance is being committed
    queued,      // waits in its lane
    marking,     // `attempting` is being committed
    ordered,     // the worker has the order and has not begun
    started,     // the worker said AttemptStarted: bytes may have left
    doubtful,    // waits for a worker that can tell
    looking_up,  // the worker was asked whether it arrived
    requeueing,  // `queued` is being committed
    finishing,   // its end is being committed
};
std::string_view name(Stage stage);

enum class Event {
    left_behind,    // an earlier process of ours had committed `attempting`
    taken,          // its lane lets it go
    marked,         // `attempting` is committed
    not_handed_to,  // the worker took no order
    sent,           // the worker says that the provider confirmed it
    failed,         // the worker says that it was not sent, or not certainly
    no_answer,      // the deadline of the attempt or of the look-up passed
    worker_gone,
    worker_ready,  // connected: what its provider can do is known; or a hold's delay is over
    looked_up,
    expired,  // its time to be delivered is over
    cancelled,
};

struct Happening {
    Event event;
    std::int64_t now_ms = 0;
    Failure failure = Failure::uncertain;      // of failed
    std::chrono::milliseconds retry_after{0};  // of failed
    LookUp look_up = LookUp::unknown;          // of looked_up
    // Of worker_gone: everything that it had said was heard. Otherwise no AttemptStarted means
    // nothing.
    bool was_heard_out = true;
    bool is_suspect = true;  // of worker_gone: it may have ended because of this one
};

// What is known of a delivery when something happens to it.
struct Custody {
    Stage stage = Stage::queued;
    int attempt = 0;  // the present one, or the last
    int lost = 0;     // attempts that ended with their worker, in this process
    std::int64_t expires_ms = 0;
    std::int64_t attempt_ms = 0;  // when the present attempt was committed; 0: there is none
    // When an attempt before was over and in doubt, so that nothing of it leaves any more; 0: not
    // yet.
    std::int64_t doubtful_ms = 0;
    // When the first of the attempts before was made that may have arrived; 0: certainly none did.
    std::int64_t doubt_ms = 0;
    std::optional<Provider> provider;  // nothing: its worker has not said Hello to this process yet
    bool is_connected = false;         // its worker would take an order now
};

struct Step {
    enum class Kind {
        nothing,
        attempt,    // commit `attempting`
        hand_over,  // give the order to the worker
        requeue,    // back into its lane, not before delay has passed
        hold,       // doubtful: wait for a worker
        look_up,    // ask the worker
        finish,     // commit the end
    };
    Kind kind = Kind::nothing;
    std::chrono::milliseconds delay{0};  // of requeue; of hold: look again then; 0: no need to
    std::int64_t doubt_ms = 0;           // of requeue and hold: the new one
    store::DeliveryState end = store::DeliveryState::uncertain;  // of finish
    std::string_view reason = {};  // of finish, a literal; empty: what the worker said

    bool operator==(const Step&) const = default;
};

// Happenings that mean nothing in the present stage change nothing.
Step next(const Custody& custody, const Happening& happening);

// Until when a repetition is safe, since the provider still drops what comes twice. Nothing when no
// attempt before may have arrived.
std::optional<std::int64_t> end_of_window(const Custody& custody);

// Bytes in flight land within this time: a look-up before that could miss them. Counted from the
// end of the attempt, since a worker may stand still between its beginning and its first byte.
inline constexpr std::chrono::milliseconds kLanding{10'000};

// A message on which its worker ends this often is the reason for it.
inline constexpr int kMaxLostAttempts = 8;

}  // namespace gw::delivery
