#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Machine: the core of a gateway as app.cc puts it together, without its front door, as a process
// of the simulation.

#include <memory>
#include <set>
#include <string>

#include "gatewayd/agents/runs.h"
#include "gatewayd/channels/channels.h"
#include "gatewayd/config/config.h"
#include "gatewayd/delivery/outbox.h"
#include "tests/sim/world.h"

namespace gw::sim {

class Machine final : public Program,
                      private agents::Runs::Events,
                      private channels::Channels::Events {
  public:
    // What the history hears of the core.
    struct Listener {
        std::function<void(Machine&)> started;  // called in the new core
        std::function<void(const agents::RunFinished&)> run_finished;
    };

    Machine(const config::Config& config, Listener listener)
        : config_(config), listener_(std::move(listener)) {}

    void start() override;

    [[nodiscard]] delivery::Outbox& outbox() { return *outbox_; }
    [[nodiscard]] agents::Runs& runs() { return *runs_; }

  private:
    void on_agent(const agents::AgentEvent&) override {}
    void on_chat(const agents::ChatEvent&) override {}
    void on_run_finished(const agents::RunFinished& run) override { listener_.run_finished(run); }
    void on_account_changed(const channels::AccountStatus&) override {}
    void on_gap(const channels::KeptGap&) override {}
    void on_quarantined(const store::QuarantinedSummary&) override {}

    const config::Config& config_;
    Listener listener_;
    std::unique_ptr<loop::Loop> loop_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<delivery::Outbox> outbox_;
    std::unique_ptr<agents::Runs> runs_;
    std::unique_ptr<channels::Channels> channels_;
};

}  // namespace gw::sim
