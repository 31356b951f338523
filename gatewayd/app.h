#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// App: every object of the core, made in the order they depend on each other. To know what runs,
// read the members; to know what happens at start and stop, read start() and stop() in app.cc.

#include <memory>
#include <optional>

#include "base/clock.h"
#include "gatewayd/agents/runs.h"
#include "gatewayd/channels/channels.h"
#include "gatewayd/config/config.h"
#include "gatewayd/delivery/dead_letters.h"
#include "gatewayd/delivery/outbox.h"
#include "gatewayd/instance_lock.h"
#include "gatewayd/methods/run_waiters.h"
#include "gatewayd/methods/services.h"
#include "gatewayd/observe/health.h"
#include "gatewayd/observe/loop_lag.h"
#include "gatewayd/observe/metrics.h"
#include "gatewayd/observe/presence.h"
#include "gatewayd/observe/system_events.h"
#include "gatewayd/server/announcements.h"
#include "gatewayd/server/clients.h"
#include "gatewayd/server/front_door.h"
#include "loop/loop.h"
#include "store/patience.h"
#include "store/store.h"

namespace gw {

class App {
  public:
    // Takes the configuration, checked. Binds the ports first, then takes the state directory,
    // opens the store and builds the rest. Errc::already_exists when another gateway is in the way.
    static Result<std::unique_ptr<App>> create(loop::Loop& loop, config::Config config);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // Accepts clients and starts the channels.
    void start();

    // Tells clients, closes them, stops the workers; stopped is called once, within the bound of a
    // worker's stop. Further calls change nothing.
    void stop(std::function<void()> stopped);

    [[nodiscard]] const config::Config& config() const { return config_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::string& control_path() const { return control_path_; }

  private:
    App(loop::Loop& loop, config::Config config, InstanceLock lock,
        std::unique_ptr<store::Store> store);
    void forget_expired();
    void sweep_media(std::chrono::milliseconds older_than);
    void register_metrics();
    void register_store_metrics();
    void register_worker_metrics();
    void finish_stop();

    loop::Loop& loop_;
    config::Config config_;
    std::uint16_t port_ = 0;
    std::string control_path_;
    InstanceLock lock_;
    base::SystemClock clock_;
    observe::Metrics metrics_;
    observe::LoopLag loop_lag_;
    observe::Presence presence_;
    observe::Health health_;
    observe::SystemEvents system_events_;
    server::Clients clients_;
    methods::RunWaiters run_waiters_;
    std::unique_ptr<store::Store> store_;
    server::Announcements announcements_;
    delivery::Outbox outbox_;
    delivery::DeadLetters dead_letters_;
    agents::Runs runs_;
    channels::Channels channels_;
    store::Patience patience_;
    methods::Services services_;
    std::unique_ptr<server::FrontDoor> front_door_;
    server::BoundSockets sockets_;  // until start
    loop::Timer retention_timer_;
    loop::Timer stop_timer_;
    std::function<void()> stopped_;
    bool is_stopping_ = false;
    bool are_workers_gone_ = false;
    int stop_checks_ = 0;
};

}  // namespace gw
