// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "tests/sim/machine.h"

#include "store/store.h"

namespace gw::sim {

void Machine::start() {
    World& world = World::current();
    loop_ = *loop::Loop::create();
    store_ = *store::Store::open(*loop_, {});
    outbox_ = std::make_unique<delivery::Outbox>(*loop_, world, *store_);
    // Not make_unique: that one may not see our private bases.
    runs_.reset(new agents::Runs(*loop_, world, *store_, *outbox_, *this));
    channels_.reset(
        new channels::Channels(*loop_, world, *store_, config_, *outbox_, *runs_, *this));
    outbox_->start(*channels_);
    channels_->start_all();
    listener_.started(*this);
}

}  // namespace gw::sim
