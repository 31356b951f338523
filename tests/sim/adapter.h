#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Adapter: a worker of the simulation, behind the product's own skeleton. It does what an honest
// worker owes (docs/worker-contract.md) on a Network of any nature.

#include <memory>
#include <optional>
#include <string>

#include "tests/sim/network.h"
#include "workers/common/last_heard.h"
#include "workers/common/skeleton.h"

namespace gw::sim {

class Adapter final : public workers::Adapter {
  public:
    Adapter(loop::Loop& loop, Network& network, workers::Core& core)
        : network_(network),
          core_(core),
          process_(World::current().running()),
          last_heard_(loop, World::current(), core) {}
    ~Adapter() override { network_.hang_up(process_); }

    [[nodiscard]] proto::Capabilities capabilities() const override;
    Result<void> on_configure(const proto::Configure& settings) override;
    void on_send(const proto::SendMessage& order) override;
    void on_look_up(const proto::LookUpSent& question) override;
    std::optional<proto::MessageReceived> parse(const workers::Event& event) override;
    void on_accepted(const std::string& event_id) override;
    void on_shutdown() override { core_.finished(); }

  private:
    void later(Nanos low, Nanos high, Step step);
    void connect();
    void on_connected();
    void drop_connection();
    void on_said(const Said& said);
    void poll();
    void transmit(const proto::SendMessage& order);
    void on_answer(const proto::SendMessage& order, const Network::Answer& answer);

    Network& network_;
    workers::Core& core_;
    ProcessId process_;
    bool is_connected_ = false;
    std::uint64_t polled_ = 0;  // the last event id taken, where events are redelivered
    // Where they are not: when what was heard last was said, or somebody last began to listen; also
    // of workers before.
    std::int64_t heard_ms_ = 0;
    workers::LastHeard last_heard_;
};

// The process of a worker.
class WorkerProgram final : public Program {
  public:
    WorkerProgram(Network& network, int fd3) : network_(network), fd3_(fd3) {}
    ~WorkerProgram() override;
    void start() override;

  private:
    Network& network_;
    int fd3_;
    std::unique_ptr<loop::Loop> loop_;
    std::unique_ptr<workers::Skeleton> skeleton_;
};

}  // namespace gw::sim
