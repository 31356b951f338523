// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/inbound_custody.h"

namespace gw::channels {

namespace {

// A provider repeats what it has not seen acknowledged. The event is known: it is acknowledged
// again and goes no further, whatever the access policy says today. One that was accepted and not
// routed is the business of the start that finds it.
constexpr Step kRepeated{.accepts = true};

Step received(Stage stage, Step first_time) {
    return stage == Stage::unknown ? first_time : kRepeated;
}

Step left_behind(Stage stage) {
    switch (stage) {
        case Stage::accepted: return {.routes = true, .announces = true};
        case Stage::routed: return {.announces = true};
        case Stage::unknown:
        case Stage::done: return {};
    }
    return {};
}

}  // namespace

Stage stage_of(store::InboundState state) {
    switch (state) {
        case store::InboundState::accepted: return Stage::accepted;
        case store::InboundState::routed: return Stage::routed;
        case store::InboundState::done: return Stage::done;
    }
    return Stage::done;
}

Step next(Stage stage, Happening happening) {
    switch (happening) {
        case Happening::admitted:
            return received(stage,
                            {.inserts = true, .routes = true, .accepts = true, .announces = true});
        case Happening::refused:
            return received(stage, {.inserts = true, .ends = true, .accepts = true});
        case Happening::left_behind: return left_behind(stage);
    }
    return {};
}

}  // namespace gw::channels
