#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// History: one run of the simulation under one seed. A machine, its networks, clients that send and
// people who write; processes are killed and disks fail at any step, then everything calms down,
// and the rules in history_rules.cc must hold.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gatewayd/config/config.h"
#include "tests/sim/machine.h"
#include "tests/sim/network.h"
#include "tests/sim/world.h"

namespace gw::sim {

// What one history was about, summed up for people.
struct Totals {
    std::uint64_t events = 0;
    std::uint64_t sends = 0;
    std::uint64_t sent = 0;
    std::uint64_t uncertain = 0;
    std::uint64_t other_ends = 0;
    std::uint64_t said = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t turns = 0;
    std::uint64_t core_kills = 0;
    std::uint64_t worker_kills = 0;
    std::uint64_t freezes = 0;  // of cores and workers
    std::uint64_t core_freezes = 0;
};

class History {
  public:
    History(std::uint64_t seed, bool is_verbose);

    // Empty when every rule held.
    std::string run();
    [[nodiscard]] const Totals& totals() const { return totals_; }

  private:
    // One message that a client wants to be sent. It asks with the same key until it is answered.
    struct Wish {
        std::string key;
        std::string channel;
        std::string to;
        std::string text;
        bool was_asked = false;
        std::vector<delivery::Outcome> answers = {};
        int refusals = 0;        // errors instead of an outcome
        ProcessId asked_of = 0;  // the core that owes an answer; 0: nobody
    };

    // One turn that a client wants of the agent (chat.send), asked for in the same way.
    struct Turn {
        std::string run_id;
        std::string session_key;
        bool was_asked = false;
        ProcessId asked_of = 0;  // the core that owes an answer or the run's end; 0: nobody
        bool is_over = false;
    };

    void draw_plan();
    void draw_account(Network& network, double harm);
    void draw_turns();
    void fill_disk(Nanos at);
    void start_core();
    void on_core_started(Machine& machine);
    void ask(Wish& wish);
    void on_answer(Wish& wish, ProcessId core, const Result<delivery::Outcome>& ended);
    void ask(Turn& turn);
    void on_answer(Turn& turn, ProcessId core, const Result<agents::StartOutcome>& outcome);
    void on_run_finished(const agents::RunFinished& run);
    void ask_again(Turn& turn);
    void turbulence();
    void harm(ProcessId worker);
    void kill_core();
    void freeze_core();
    void calm_down();
    // What has not come to its end yet; empty: nothing.
    [[nodiscard]] std::string find_unsettled() const;
    void check_always();

    // history_rules.cc
    void check_end();
    void check_wish(const Wish& wish);
    void check_said(const Network& network);
    void check_one_said(const Network& network, const Said& said);
    void check_turn(const Turn& turn);
    void check_replies(const Network& network);
    [[nodiscard]] bool has_answer(const Turn& turn) const;

    // Processes, which end with the world, speak of these to their end.
    config::Config config_;
    std::map<std::string, Network> networks_;  // by channel
    std::vector<Wish> wishes_;
    std::vector<Turn> turns_;
    std::map<std::string, int> worker_ends_;  // by channel: those that we brought about
    World world_;
    Machine* machine_ = nullptr;  // of the core that runs
    ProcessId core_ = 0;
    bool is_turbulent_ = true;
    double kill_share_ = 0;
    struct {
        double failing = 0;
        double slow = 0;
    } disk_;  // its usual faults
    Totals totals_;
};

}  // namespace gw::sim
