// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What /metrics shows of the nouns; docs/metrics.md says what it means. All of it is read when
// somebody asks.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatewayd/app.h"
#include "gatewayd/version.h"

namespace gw {

namespace {

using channels::AccountStatus;
using observe::Sample;

// The account's value of one family; nothing when there is none to show.
using Read = std::optional<double> (*)(const AccountStatus& status, std::int64_t now_ms);

struct AccountFamily {
    std::string_view name;
    std::string_view help;
    std::string_view type;
    Read read;
};

std::optional<double> read_resident_bytes(const AccountStatus& status, std::int64_t) {
    if (!status.vitals.usage) return std::nullopt;
    return static_cast<double>(status.vitals.usage->resident_bytes);
}

std::optional<double> read_cpu_seconds(const AccountStatus& status, std::int64_t) {
    if (!status.vitals.usage) return std::nullopt;
    return static_cast<double>(status.vitals.usage->cpu.count()) / 1e3;
}

std::optional<double> read_outbox_age(const AccountStatus& status, std::int64_t now_ms) {
    if (status.backlog.oldest_ms == 0) return 0;
    return static_cast<double>(std::max<std::int64_t>(now_ms - status.backlog.oldest_ms, 0)) / 1e3;
}

constexpr AccountFamily kAccountFamilies[] = {
    {"gatewayd_worker_up", "1 while an account is connected to its network.", "gauge",
     [](const AccountStatus& status, std::int64_t) -> std::optional<double> {
         return status.connected ? 1 : 0;
     }},
    {"gatewayd_worker_restarts_total", "Restarts nobody asked for.", "counter",
     [](const AccountStatus& status, std::int64_t) -> std::optional<double> {
         return static_cast<double>(status.restarts);
     }},
    {"gatewayd_worker_breaker_open", "1 while an account rests because it kept failing.", "gauge",
     [](const AccountStatus& status, std::int64_t) -> std::optional<double> {
         return status.state == name(supervisor::Phase::breaker_open) ? 1 : 0;
     }},
    {"gatewayd_worker_resident_bytes", "Memory of a worker's process.", "gauge",
     read_resident_bytes},
    {"gatewayd_worker_cpu_seconds_total", "Processor time of a worker's present process.",
     "counter", read_cpu_seconds},
    {"gatewayd_worker_round_trip_seconds", "Its last answered ping.", "gauge",
     [](const AccountStatus& status, std::int64_t) -> std::optional<double> {
         if (!status.vitals.ping) return std::nullopt;
         return static_cast<double>(status.vitals.ping->count()) / 1e6;
     }},
    {"gatewayd_outbox_depth", "Outbound messages that have not ended.", "gauge",
     [](const AccountStatus& status, std::int64_t) -> std::optional<double> {
         return static_cast<double>(status.backlog.deliveries);
     }},
    {"gatewayd_outbox_oldest_seconds", "Age of the oldest of them; 0 when there is none.", "gauge",
     read_outbox_age},
};

std::vector<Sample> sample_accounts(const channels::Channels& channels, std::int64_t now_ms,
                                    Read read) {
    std::vector<Sample> samples;
    for (const AccountStatus& status : channels.statuses()) {
        const auto value = read(status, now_ms);
        if (!value) continue;
        samples.push_back({{{"channel", status.channel}, {"account", status.account}}, *value});
    }
    return samples;
}

std::vector<Sample> sample_states(const channels::Channels& channels) {
    std::vector<Sample> samples;
    for (const AccountStatus& status : channels.statuses()) {
        samples.push_back({{{"channel", status.channel},
                            {"account", status.account},
                            {"state", status.enabled ? status.state : "disabled"}},
                           1});
    }
    return samples;
}

std::vector<Sample> sample_ends(const supervisor::SupervisorStats& stats) {
    const auto one = [](std::string_view how, std::uint64_t count) {
        return Sample{{{"how", std::string(how)}}, static_cast<double>(count)};
    };
    using supervisor::ExitClass;
    return {one(name(ExitClass::crashed), stats.crashed),
            one(name(ExitClass::failed), stats.failed), one(name(ExitClass::hung), stats.hung),
            one(name(ExitClass::out_of_memory), stats.out_of_memory),
            one(name(ExitClass::protocol_violation), stats.protocol_violations)};
}

}  // namespace

void App::register_metrics() {
    const auto counter = [this](std::string_view name, std::string_view help, auto read) {
        metrics_.samples(name, help, "counter", [this, read] {
            return std::vector<Sample>{{{}, static_cast<double>(read(*this))}};
        });
    };
    metrics_.samples("gatewayd_build_info", "The version that runs.", "gauge",
                     [] { return std::vector<Sample>{{{{"version", std::string(kVersion)}}, 1}}; });
    metrics_.histogram("gatewayd_loop_lag_seconds", "How late the loop was, twice a second.",
                       [this] { return loop_lag_.seconds(); });
    counter("gatewayd_deliveries_accepted_total", "Outbound messages accepted.",
            [](const App& app) { return app.outbox_.stats().accepted; });
    counter("gatewayd_deliveries_sent_total", "Outbound messages confirmed by their channel.",
            [](const App& app) { return app.outbox_.stats().sent; });
    counter("gatewayd_inbound_received_total", "Inbound messages received.",
            [](const App& app) { return app.channels_.inbox_stats().received; });
    counter("gatewayd_runs_finished_total", "Agent turns that ended well.",
            [](const App& app) { return app.runs_.stats().finished; });
    counter("gatewayd_store_commits_total", "Transactions committed.",
            [](const App& app) { return app.store_->stats().commits; });
    counter("gatewayd_store_jobs_total", "Jobs that were part of a transaction.",
            [](const App& app) { return app.store_->stats().jobs; });
    register_store_metrics();
    register_worker_metrics();
}

void App::register_store_metrics() {
    metrics_.histogram("gatewayd_store_commit_seconds", "How long a transaction took.",
                       [this] { return store_->stats().commit_seconds; });
    metrics_.gauge("gatewayd_store_queue", "Writes that are not committed yet.",
                   [this] { return static_cast<double>(store_->stats().queued); });
    metrics_.gauge(
        "gatewayd_store_oldest_write_seconds", "How long the oldest of them has waited.",
        [this] { return static_cast<double>(store_->oldest_write_age().count()) / 1e3; });
}

void App::register_worker_metrics() {
    for (const AccountFamily& family : kAccountFamilies) {
        metrics_.samples(family.name, family.help, family.type, [this, read = family.read] {
            return sample_accounts(channels_, clock_.wall_ms(), read);
        });
    }
    metrics_.samples("gatewayd_worker_state", "1 for the state an account is in.", "gauge",
                     [this] { return sample_states(channels_); });
    metrics_.samples("gatewayd_worker_bad_ends_total", "Processes that ended badly, by how.",
                     "counter", [this] { return sample_ends(channels_.supervisor_stats()); });
    metrics_.histogram("gatewayd_worker_ping_seconds", "How long workers took to answer pings.",
                       [this] { return channels_.supervisor_stats().ping_seconds; });
}

}  // namespace gw
