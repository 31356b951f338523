#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The phases of a link, and which message is permitted when. Both ends check; a peer that says
// something at the wrong time has broken the contract and is cut off.
//
//   hello → configure → open
//
// hello: the worker has not said Hello. configure: it has, and has not said Ready. open: from Ready
// to the end; Shutdown changes nothing about what may be said.

#include "proto/core_to_worker.pb.h"
#include "proto/worker_to_core.pb.h"

namespace gw::ipc {

enum class Phase { hello, configure, open };

// What the core accepts from a worker.
constexpr bool permitted(Phase phase, proto::WorkerToCore::BodyCase body) {
    using Body = proto::WorkerToCore;
    switch (body) {
        case Body::kHello: return phase == Phase::hello;
        case Body::kReady: return phase == Phase::configure;
        case Body::kPong:
        case Body::kLinkChanged:
        case Body::kMessageReceived:
        case Body::kAttemptStarted:
        case Body::kSendDone:
        case Body::kSendFailed:
        case Body::kGapNoticed:
        case Body::kEventStarted:
        case Body::kEventSkipped:
        case Body::kEventPassed:
        case Body::kSentLookedUp:
        case Body::kProgressMade:
        case Body::kStatePut:
        case Body::kStateGet:
        case Body::kHttpReply:
        case Body::kMessageChanged:
        case Body::kMediaChunk:
        case Body::kMediaCredit: return phase == Phase::open;
        case Body::BODY_NOT_SET: return false;
    }
    return false;
}

// What a worker accepts from the core.
constexpr bool permitted(Phase phase, proto::CoreToWorker::BodyCase body) {
    using Body = proto::CoreToWorker;
    switch (body) {
        case Body::kConfigure: return phase == Phase::configure;
        case Body::kAccepted:
        case Body::kSendMessage:
        case Body::kLookUpSent:
        case Body::kStateStored:
        case Body::kStateValues:
        case Body::kHttpRequestReceived:
        case Body::kChangeMessage:
        case Body::kShowTyping:
        case Body::kMediaChunk:
        case Body::kMediaCredit:
        case Body::kPing: return phase == Phase::open;
        case Body::kShutdown: return phase != Phase::hello;
        case Body::BODY_NOT_SET: return false;
    }
    return false;
}

}  // namespace gw::ipc
