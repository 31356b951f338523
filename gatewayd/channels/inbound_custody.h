#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The life of one inbound message as a pure table: next(stage, event) says what is written, in one
// transaction with the provider's cursor, and what may be said once that is committed. It is asked
// on the store's writer thread, where the stage is known for certain.
//
//   unknown → routed → done     admitted: written into its session, then answered
//   unknown → done              not admitted: kept, so that it is never asked about again
//   accepted → routed           left behind by a process that died between the two
//
// Whoever answers ends a routed message together with its answer (Answerer); that step has no row
// here.

#include "store/inbound.h"

namespace gw::channels {

enum class Stage { unknown, accepted, routed, done };
Stage stage_of(store::InboundState state);

enum class Happening {
    admitted,    // a worker received it, and it is to be answered
    refused,     // a worker received it, and access policy says no
    left_behind  // a new process found it
};

struct Step {
    bool inserts = false;
    bool routes = false;     // session, transcript line and `routed`
    bool ends = false;       // `done`
    bool accepts = false;    // tell the worker: Accepted
    bool announces = false;  // tell the Answerer

    bool operator==(const Step&) const = default;
};

Step next(Stage stage, Happening happening);

}  // namespace gw::channels
