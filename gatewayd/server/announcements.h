#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Announcements: turns what the nouns announce into events for clients (docs/protocol/events.md).
// The only place that knows both.

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gatewayd/access/pairing.h"
#include "gatewayd/agents/runs.h"
#include "gatewayd/channels/channels.h"
#include "gatewayd/config/config.h"
#include "gatewayd/delivery/outbox.h"
#include "gatewayd/methods/services.h"
#include "gatewayd/observe/health.h"
#include "gatewayd/observe/presence.h"
#include "gatewayd/server/event.h"
#include "loop/loop.h"
#include "store/store.h"

namespace gw::server {

class Clients;

class Announcements final : public methods::Announcer,
                            public agents::Runs::Events,
                            public channels::Channels::Events,
                            public delivery::Outbox::Events,
                            public access::Pairing::Events {
  public:
    Announcements(loop::Loop& loop, const base::Clock& clock, const config::Config& config,
                  store::Store& store, Clients& clients, observe::Presence& presence,
                  observe::Health& health, methods::RunWaiters& run_waiters);
    ~Announcements() override;

    // Starts the ticks and the health refreshes. channels is what health tells about.
    void start(const channels::Channels& channels);

    // "shutdown" to everybody; nothing is announced afterwards.
    void announce_shutdown(const std::string& reason);

    void presence_changed() override;
    void presence_thinned() override;
    void refresh_health(std::function<void()> done) override;

    void on_agent(const agents::AgentEvent& event) override;
    void on_chat(const agents::ChatEvent& event) override;
    void on_run_finished(const agents::RunFinished& run) override;
    void on_account_changed(const channels::AccountStatus& status) override;
    void on_gap(const channels::KeptGap& kept) override;
    void on_quarantined(const store::QuarantinedSummary& event) override;
    void on_delivery_ended(const store::Delivery& row) override;
    void on_pairing_requested(const store::PairingRequest& request) override;
    void on_pairing_resolved(const std::string& channel, const std::string& account,
                             const std::string& sender_id, access::Pairing::Decision decision,
                             std::int64_t now_ms) override;

  private:
    [[nodiscard]] StateVersion versions() const;
    void account_changed();
    void tick();
    void write_health(std::int64_t session_count, std::vector<observe::SessionFacts> recent);

    const base::Clock& clock_;
    const config::Config& config_;
    store::Store& store_;
    Clients& clients_;
    observe::Presence& presence_;
    observe::Health& health_;
    methods::RunWaiters& run_waiters_;
    const channels::Channels* channels_ = nullptr;
    std::vector<std::function<void()>> health_waiters_;
    bool is_refreshing_ = false;
    bool is_stopping_ = false;
    loop::Timer tick_timer_;
    loop::Timer health_timer_;    // every minute
    loop::Timer account_timer_;   // shortly after a channel changed
    loop::Timer presence_timer_;  // shortly after somebody left
};

}  // namespace gw::server
