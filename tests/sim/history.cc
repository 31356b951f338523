// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "tests/sim/history.h"

#include <csignal>

#include "tests/sim/adapter.h"
#include "tests/sim/disk.h"

namespace gw::sim {

namespace {

using namespace std::chrono_literals;

constexpr auto kTurbulence = 20s;
// Short of the hour after which a delivery expires: whatever can be sent is sent long before.
constexpr auto kPatience = 40min;
constexpr std::uint64_t kMaxEvents = 400'000;

const Nature kNatures[] = {
    {.channel = "ids", .client_id_window = 10min, .can_look_up = false, .redelivers = true},
    {.channel = "short", .client_id_window = 3s, .can_look_up = true, .redelivers = true},
    {.channel = "asks", .client_id_window = 0ms, .can_look_up = true, .redelivers = true},
    {.channel = "plain", .client_id_window = 0ms, .can_look_up = false, .redelivers = true},
    {.channel = "lossy", .client_id_window = 0ms, .can_look_up = false, .redelivers = false},
};

}  // namespace

History::History(std::uint64_t seed, bool is_verbose) : world_(seed) {
    world_.is_verbose = is_verbose;
    Disk::format();
    draw_plan();
    world_.programs = [this](const std::string& name, int fd3) -> std::unique_ptr<Program> {
        if (name == "gatewayd") {
            return std::make_unique<Machine>(
                config_, Machine::Listener{
                             .started = [this](Machine& machine) { on_core_started(machine); },
                             .run_finished = [this](const auto& run) { on_run_finished(run); }});
        }
        constexpr std::string_view kPrefix = "gatewayd-";
        return std::make_unique<WorkerProgram>(networks_.at(name.substr(kPrefix.size())), fd3);
    };
}

void History::draw_plan() {
    Random& random = world_.random;
    config_.worker_directory = "/workers";
    const std::size_t channels = 1 + random.below(2);
    while (networks_.size() < channels) {
        const Nature& nature = kNatures[random.below(std::size(kNatures))];
        if (!networks_.try_emplace(nature.channel, world_, nature).second) continue;
        config::Account account;
        account.channel = nature.channel;
        account.dm_policy = config::DmPolicy::open;
        account.allow_from = {"*"};
        config_.accounts.push_back(account);
    }
    const double harm = random.chance(0.2) ? 0 : random.unit();
    kill_share_ = harm * 0.05;
    disk_.failing = harm * 0.01;
    disk_.slow = harm * 0.05;
    Disk::set_faults(disk_.failing, disk_.slow);
    for (auto& [channel, network] : networks_)
        draw_account(network, harm);
    for (Wish& wish : wishes_) {
        world_.after(random.between(0ns, kTurbulence), 0, [this, &wish] {
            wish.was_asked = true;
            ask(wish);
        });
    }
    totals_.sends = wishes_.size();
    draw_turns();
}

// What is sent to one network, and said there.
void History::draw_account(Network& network, double harm) {
    Random& random = world_.random;
    const std::string& channel = network.nature().channel;
    network.weather = {.refused_for_now = harm * 0.1,
                       .refused_for_good = harm * 0.05,
                       .unanswered = harm * 0.05,
                       .disconnects = harm * 0.05};
    const std::uint64_t sends = 1 + random.below(8);
    for (std::uint64_t i = 0; i < sends; ++i) {
        const std::string name = channel + "-send-" + std::to_string(i);
        wishes_.push_back({.key = "send:" + name,
                           .channel = channel,
                           .to = "peer" + std::to_string(random.below(3)),
                           .text = name});
    }
    const std::uint64_t words = random.below(6);
    // Some come all at once, so that what becomes of the commit of one becomes of others too.
    const bool is_burst = random.chance(0.3);
    const Nanos first = is_burst ? random.between(0ns, kTurbulence) : 0ns;
    const Nanos last = is_burst ? first + 20ms : kTurbulence;
    if (random.chance(harm * 0.5)) fill_disk(is_burst ? first : random.between(0ns, kTurbulence));
    // One that kills: more of them, and the breaker decides how long it all takes.
    const std::uint64_t deadly = random.chance(harm * 0.3) ? random.below(6) : words;
    for (std::uint64_t i = 0; i < words; ++i) {
        std::string text = channel + "-word-" + std::to_string(i);
        if (i == deadly) text += random.chance(0.5) ? kCrashes : kHangs;
        world_.after(random.between(first, last), 0, [&network, text, peer = random.below(2)] {
            network.say("peer" + std::to_string(peer), text);
        });
    }
    totals_.said += words;
}

// For a moment most commits fail.
void History::fill_disk(Nanos at) {
    const Nanos until = at + world_.random.between(5ms, 500ms);
    world_.after(at, 0, [this] {
        if (is_turbulent_) Disk::set_faults(0.6, disk_.slow);
    });
    world_.after(until, 0, [this] {
        if (is_turbulent_) Disk::set_faults(disk_.failing, disk_.slow);
    });
}

void History::draw_turns() {
    Random& random = world_.random;
    const std::uint64_t turns = random.below(5);
    for (std::uint64_t i = 0; i < turns; ++i) {
        turns_.push_back({.run_id = "turn-" + std::to_string(i),
                          .session_key = random.chance(0.5) ? "agent:main:main" : "agent:main:x"});
    }
    for (Turn& turn : turns_) {
        world_.after(random.between(0ns, kTurbulence), 0, [this, &turn] {
            turn.was_asked = true;
            ask(turn);
        });
    }
    totals_.turns = turns;
}

// Core

void History::start_core() {
    machine_ = nullptr;
    core_ = world_.spawn(0, "gatewayd", -1, {});
}

void History::on_core_started(Machine& machine) {
    machine_ = &machine;
    for (Wish& wish : wishes_) {
        if (wish.was_asked && wish.answers.empty()) ask(wish);
    }
    for (Turn& turn : turns_) {
        if (turn.was_asked && !turn.is_over) ask(turn);
    }
}

// Clients

void History::ask(Wish& wish) {
    if (machine_ == nullptr || wish.asked_of == core_) return;
    wish.asked_of = core_;
    const ProcessId core = core_;
    delivery::NewDelivery what;
    what.channel = wish.channel;
    what.account = "default";
    what.to = wish.to;
    what.text = wish.text;
    what.session_key = "agent:main:main";
    what.idempotency_key = wish.key;
    machine_->outbox().submit(what, [this, &wish, core](const Result<delivery::Outcome>& ended) {
        on_answer(wish, core, ended);
    });
}

void History::on_answer(Wish& wish, ProcessId core, const Result<delivery::Outcome>& ended) {
    if (wish.asked_of != core) return world_.fail(wish.key + " was answered twice by one core");
    wish.asked_of = 0;
    world_.note("answer to " + wish.key + ": " +
                (ended ? std::string(store::name(ended->state)) : ended.error().message));
    if (!ended) {
        ++wish.refusals;
        world_.after(world_.random.between(100ms, 1s), 0, [this, &wish] { ask(wish); });
        return;
    }
    wish.answers.push_back(*ended);
    if (*ended != wish.answers.front()) world_.fail(wish.key + " got two different answers");
    // Some ask again, to be sure.
    if (wish.answers.size() < 3 && world_.random.chance(0.3)) {
        world_.after(world_.random.between(1ms, 5s), 0, [this, &wish] { ask(wish); });
    }
}

void History::ask(Turn& turn) {
    if (machine_ == nullptr || turn.asked_of == core_) return;
    turn.asked_of = core_;
    const ProcessId core = core_;
    agents::RunRequest request;
    request.run_id = turn.run_id;
    request.session_key = turn.session_key;
    request.display_key = turn.session_key;
    request.text = turn.run_id;
    machine_->runs().start(std::move(request), [this, &turn, core](const auto& outcome) {
        on_answer(turn, core, outcome);
    });
}

void History::ask_again(Turn& turn) {
    turn.asked_of = 0;
    world_.after(world_.random.between(100ms, 1s), 0, [this, &turn] { ask(turn); });
}

void History::on_answer(Turn& turn, ProcessId core, const Result<agents::StartOutcome>& outcome) {
    using Status = agents::StartOutcome::Status;
    if (turn.asked_of != core) return world_.fail(turn.run_id + " was answered twice by one core");
    world_.note(
        "answer to " + turn.run_id + ": " +
        (outcome ? std::to_string(static_cast<int>(outcome->status)) : outcome.error().message));
    if (!outcome) return ask_again(turn);
    switch (outcome->status) {
        case Status::started:
        case Status::in_flight: return;  // its end is announced
        case Status::queue_full: return ask_again(turn);
        case Status::finished_ok: break;
        case Status::finished_error: world_.fail(turn.run_id + ": " + outcome->summary);
    }
    if (!has_answer(turn)) world_.fail(turn.run_id + " is over, it was told, and has no answer");
    turn.is_over = true;
}

void History::on_run_finished(const agents::RunFinished& run) {
    for (Turn& turn : turns_) {
        if (turn.run_id != run.run_id) continue;
        world_.note(run.ok ? run.run_id + " has ended" : run.run_id + ": " + run.summary);
        if (turn.is_over) return world_.fail(turn.run_id + " ended twice");
        // Its answer could not be kept; the claim stands, so it may be asked for again.
        if (!run.ok) return ask_again(turn);
        if (!has_answer(turn)) world_.fail(turn.run_id + " ended before its answer was kept");
        turn.is_over = true;
        // Some ask again, to be sure.
        if (world_.random.chance(0.3)) ask_again(turn);
        return;
    }
}

// Turbulence

void History::turbulence() {
    Random& random = world_.random;
    if (!random.chance(kill_share_)) return;
    if (random.chance(0.3)) return random.chance(0.8) ? kill_core() : freeze_core();
    const auto workers = world_.alive("gatewayd-");
    if (!workers.empty()) harm(workers[random.below(workers.size())]);
}

void History::kill_core() {
    if (machine_ == nullptr) return;
    ++totals_.core_kills;
    machine_ = nullptr;
    world_.kill(core_, SIGKILL);
    world_.after(world_.random.between(1ms, 500ms), 0, [this] { start_core(); });
}

// As when a laptop is closed.
void History::freeze_core() {
    if (machine_ == nullptr) return;
    ++totals_.freezes;
    ++totals_.core_freezes;
    world_.freeze(core_);
    world_.after(world_.random.between(10ms, 60s), 0, [this, core = core_] { world_.thaw(core); });
}

void History::harm(ProcessId worker) {
    constexpr std::size_t kPrefix = sizeof("gatewayd-") - 1;
    ++worker_ends_[world_.name_of(worker).substr(kPrefix)];
    if (world_.random.chance(0.8)) {
        ++totals_.worker_kills;
        return world_.kill(worker, SIGKILL);
    }
    ++totals_.freezes;
    world_.freeze(worker);
    if (world_.random.chance(0.3)) return;  // for the watchdog
    world_.after(world_.random.between(10ms, 60s), 0, [this, worker] { world_.thaw(worker); });
}

void History::calm_down() {
    is_turbulent_ = false;
    Disk::set_faults(0, 0);
    for (auto& [channel, network] : networks_)
        network.weather = {};
    world_.note("calm");
}

void History::check_always() {
    for (const auto& [channel, network] : networks_) {
        if (world_.alive("gatewayd-" + channel).size() > 1) {
            world_.fail("two workers of " + channel + " at a time");
        }
    }
}

std::string History::find_unsettled() const {
    for (const Wish& wish : wishes_) {
        if (wish.answers.empty()) return wish.key;
    }
    for (const Turn& turn : turns_) {
        if (!turn.is_over) return turn.run_id;
    }
    if (world_.has_frozen()) return "a process that is frozen";
    auto query = Disk::database().query(
        "SELECT (SELECT count(*) FROM deliveries WHERE state < 2) +"
        " (SELECT count(*) FROM inbound WHERE state < 2)");
    if (!query->step().value_or(false) || query->integer(0) != 0) return "a row";
    for (const auto& [channel, network] : networks_) {
        if (!network.is_heard()) return "the connection to " + channel;
        if (!network.nature().redelivers) continue;
        for (const Said& said : network.said()) {
            if (!said.reached_worker) return said.text;
        }
    }
    return {};
}

std::string History::run() {
    start_core();
    const Nanos calm_at = world_.now() + kTurbulence;
    const Nanos end_at = calm_at + kPatience;
    std::uint64_t until_look = 0;
    std::optional<Nanos> settled_at;
    while (world_.failure().empty()) {
        if (!world_.step()) break;
        if (is_turbulent_) {
            turbulence();
            if (world_.now() >= calm_at) calm_down();
        } else if (until_look-- == 0) {
            // What follows from the last of it is given its time.
            if (!find_unsettled().empty()) {
                settled_at.reset();
            } else if (!settled_at) {
                settled_at = world_.now();
            } else if (world_.now() - *settled_at > 2s) {
                break;
            }
            until_look = 20;
        }
        check_always();
        if (world_.now() >= end_at) {
            world_.fail("not everything has come to an end in time: " + find_unsettled());
        }
        if (world_.events_handled() > kMaxEvents) world_.fail("it goes on without end");
    }
    if (world_.failure().empty()) check_end();
    totals_.events = world_.events_handled();
    return world_.failure();
}

}  // namespace gw::sim
