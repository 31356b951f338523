// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/channels.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "gatewayd/media/files.h"

namespace gw::channels {

namespace {

// Nothing is wanted of an account in these phases: what is sent to it would only expire.
bool is_down(supervisor::Phase phase) {
    return phase == supervisor::Phase::stopped || phase == supervisor::Phase::stopping ||
           phase == supervisor::Phase::blocked;
}

}  // namespace

Channels::Channels(loop::Loop& loop, const base::Clock& clock, store::Store& store,
                   const config::Config& config, delivery::Outbox& outbox, Answerer& answerer,
                   Events& events)
    : clock_(clock),
      store_(store),
      config_(config),
      outbox_(outbox),
      events_(events),
      pairing_(loop, clock, store, outbox),
      inbox_(loop, clock, store, order_, config_, pairing_, answerer),
      gaps_(clock, store, order_, [this](const KeptGap& kept) { events_.on_gap(kept); }),
      worker_state_(store, order_, *this),
      supervisor_(loop, clock, config.restart, config.worker_directory, *this),
      webhooks_(loop, config.accounts, *this),
      incoming_(clock, store, media::directory_in(config.state_dir), *this),
      outgoing_(loop, store, media::directory_in(config.state_dir), *this),
      changes_(loop,
               [this](const WorkerId& id, const proto::CoreToWorker& message) {
                   return supervisor_.send(id, message);
               }),
      typing_(loop, [this](const Conversation& where) { show_typing(where); }),
      alive_(std::make_shared<bool>(true)) {
    for (const config::Account& one : config_.accounts) {
        accounts_.try_emplace({one.channel, one.account}, AccountState{.config = one});
    }
}

Channels::~Channels() {
    *alive_ = false;
}

void Channels::start_all() {
    gaps_.load();
    // Whoever is judged is judged by the whole list.
    pairing_.load([this] { inbox_.resume([this] { on_resumed(); }); });
}

// Nothing new comes in before what was left behind is known.
void Channels::on_resumed() {
    is_resumed_ = true;
    for (const auto& [id, state] : accounts_) {
        const bool is_wanted = state.config.enabled && !stopped_early_.contains(id);
        if (is_wanted && !is_stopping_) supervisor_.start(id);
    }
}

void Channels::stop_all(std::function<void()> done) {
    is_stopping_ = true;
    supervisor_.stop_all(std::move(done));
}

// Operators

Result<void> Channels::start(const std::string& channel, const std::string& account) {
    TRY(const auto ids, select(channel, account));
    for (const WorkerId& id : ids) {
        stopped_early_.erase(id);
        if (is_resumed_) supervisor_.start(id);  // else all are started then
    }
    return {};
}

Result<void> Channels::stop(const std::string& channel, const std::string& account) {
    TRY(const auto ids, select(channel, account));
    for (const WorkerId& id : ids) {
        if (!is_resumed_) stopped_early_.insert(id);
        supervisor_.stop(id);
    }
    return {};
}

Result<void> Channels::restart(const std::string& channel, const std::string& account) {
    TRY(const auto ids, select(channel, account));
    for (const WorkerId& id : ids) {
        stopped_early_.erase(id);
        if (is_resumed_) supervisor_.restart(id);
    }
    return {};
}

// The enabled accounts that are meant.
Result<std::vector<supervisor::WorkerId>> Channels::select(const std::string& channel,
                                                           const std::string& account) const {
    const std::string wanted = channel_id_of(channel);
    std::vector<WorkerId> ids;
    bool is_known = false;
    bool is_disabled = false;
    for (const auto& [id, state] : accounts_) {
        if (id.channel != wanted) continue;
        is_known = true;
        if (!account.empty() && id.account != account) continue;
        is_disabled = !state.config.enabled;
        if (state.config.enabled) ids.push_back(id);
    }
    if (!is_known) return fail(Errc::invalid_input, "unknown channel: " + channel);
    if (!ids.empty()) return ids;
    if (is_disabled) return fail(Errc::invalid_input, "disabled in the configuration: " + wanted);
    return fail(Errc::invalid_input, "unknown account of " + wanted + ": " + account);
}

std::vector<AccountStatus> Channels::statuses() const {
    std::vector<std::string_view> channels;
    for (const auto& [id, state] : accounts_) {
        if (channels.empty() || channels.back() != id.channel) channels.push_back(id.channel);
    }
    std::sort(channels.begin(), channels.end(), comes_before);
    std::vector<AccountStatus> all;
    for (const std::string_view channel : channels) {
        for (const config::Account& one : config_.accounts) {
            if (one.channel != channel) continue;
            all.push_back(status_of(accounts_.at({one.channel, one.account})));
        }
    }
    return all;
}

std::optional<AccountStatus> Channels::find_status(const std::string& channel,
                                                   const std::string& account) const {
    const AccountState* state = find_account({channel, account});
    if (state == nullptr) return std::nullopt;
    return status_of(*state);
}

AccountStatus Channels::status_of(const AccountState& state) const {
    const WorkerId id{state.config.channel, state.config.account};
    const auto worker = supervisor_.status(id);
    AccountStatus status;
    status.channel = state.config.channel;
    status.account = state.config.account;
    status.enabled = state.config.enabled;
    status.running = worker.pid != 0;
    // One that is dead is running until all that it said was read.
    status.connected = status.running && worker.phase == supervisor::Phase::running;
    status.state = supervisor::name(worker.phase);
    status.since_ms = worker.since_ms;
    status.next_try_ms = worker.next_try_ms;
    status.detail = worker.detail;
    status.self_id = worker.self_id;
    status.pid = worker.pid;
    status.generation = worker.generation;
    status.restarts = worker.restarts;
    status.last_start_ms = worker.last_start_ms;
    status.last_stop_ms = worker.last_stop_ms;
    status.last_error = state.config.enabled ? worker.last_error : "disabled";
    status.last_inbound_ms = state.last_inbound_ms;
    status.last_outbound_ms = state.last_outbound_ms;
    status.last_gap = gaps_.find_last(id);
    status.vitals = supervisor_.vitals(id);
    status.backlog = outbox_.backlog(id.channel, id.account);
    return status;
}

Result<Target> Channels::resolve_target(const TargetRequest& request) const {
    TRY(auto target, resolve(request, config_));
    const AccountState* state = find_account({target.channel, target.account});
    GW_ASSERT(state != nullptr, "a target's account is one of the configuration");
    const auto worker = supervisor_.status({target.channel, target.account});
    // What is not resumed yet is about to start.
    if (state->config.enabled && (!is_resumed_ || !is_down(worker.phase))) return target;
    const std::string why = !state->config.enabled  ? "disabled in the configuration"
                            : worker.detail.empty() ? std::string(supervisor::name(worker.phase))
                                                    : std::string(supervisor::name(worker.phase)) +
                                                          ": " + worker.detail;
    return fail(Errc::unavailable, target.channel + " (account " + target.account + ") is " + why);
}

supervisor::SupervisorStats Channels::supervisor_stats() const {
    return supervisor_.stats();
}

InboxStats Channels::inbox_stats() const {
    return inbox_.stats();
}

const Channels::AccountState* Channels::find_account(const WorkerId& id) const {
    const auto it = accounts_.find(id);
    return it == accounts_.end() ? nullptr : &it->second;
}

Channels::AccountState& Channels::account(const WorkerId& id) {
    const auto it = accounts_.find(id);
    GW_ASSERT(it != accounts_.end(), "workers are started for configured accounts only");
    return it->second;
}

}  // namespace gw::channels
