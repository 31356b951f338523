#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Services: what method handlers work with. References only; app.cc owns everything.

#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "gatewayd/config/config.h"

namespace gw::agents {
class Runs;
}
namespace gw::channels {
class Channels;
}
namespace gw::delivery {
class DeadLetters;
class Outbox;
}  // namespace gw::delivery
namespace gw::observe {
class Health;
class Presence;
class SystemEvents;
}  // namespace gw::observe
namespace gw::store {
class Patience;
class Store;
}  // namespace gw::store

namespace gw::methods {

class RunWaiters;

// What handlers and connections want told to all clients.
class Announcer {
  public:
    virtual ~Announcer() = default;
    // Now: somebody asked for it.
    virtual void presence_changed() = 0;
    // Soon, many at once as one: connections come and go.
    virtual void presence_thinned() = 0;
    // Puts the health summary together anew and announces it, then calls done.
    virtual void refresh_health(std::function<void()> done) = 0;
};

struct Services {
    const config::Config& config;
    const base::Clock& clock;
    store::Store& store;
    observe::Presence& presence;
    observe::Health& health;
    observe::SystemEvents& system_events;
    channels::Channels& channels;
    delivery::Outbox& outbox;
    delivery::DeadLetters& dead_letters;
    agents::Runs& runs;
    RunWaiters& run_waiters;
    Announcer& announcer;
    store::Patience& patience;  // for writes whose noun has none of its own
};

}  // namespace gw::methods
