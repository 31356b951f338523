// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/methods/account_json.h"

#include "gatewayd/channels/catalog.h"

namespace gw::methods {

namespace {

void time_or_null(json::Writer& w, std::string_view key, std::int64_t ms) {
    w.key(key);
    if (ms > 0) {
        w.value(ms);
    } else {
        w.null();
    }
}

// What the process takes and how it answers; nothing of it without a process.
void write_vitals(json::Writer& w, const supervisor::WorkerVitals& vitals) {
    if (vitals.usage) {
        w.field("residentBytes", vitals.usage->resident_bytes);
        w.field("cpuMs", static_cast<std::int64_t>(vitals.usage->cpu.count()));
    }
    if (vitals.ping) w.field("pingUs", static_cast<std::int64_t>(vitals.ping->count()));
    if (vitals.last_progress_ms > 0) w.field("lastProgressAt", vitals.last_progress_ms);
}

}  // namespace

void write_account(json::Writer& w, const channels::AccountStatus& status) {
    w.begin_object()
        .field("accountId", status.account)
        .field("channel", status.channel)
        .field("enabled", status.enabled)
        .field("configured", status.configured)
        .field("running", status.running)
        .field("connected", status.connected)
        .field("state", status.state);
    time_or_null(w, "stateSince", status.since_ms);
    time_or_null(w, "nextTryAt", status.next_try_ms);
    if (!status.detail.empty()) w.field("detail", status.detail);
    if (!status.self_id.empty()) w.field("selfId", status.self_id);
    if (status.pid > 0) w.field("pid", status.pid);
    w.field("generation", status.generation).field("restarts", status.restarts);
    w.field("reconnectAttempts", status.restarts);
    time_or_null(w, "lastStartAt", status.last_start_ms);
    time_or_null(w, "lastStopAt", status.last_stop_ms);
    w.key("lastError");
    if (status.last_error.empty()) {
        w.null();
    } else {
        w.value(status.last_error);
    }
    time_or_null(w, "lastInboundAt", status.last_inbound_ms);
    time_or_null(w, "lastOutboundAt", status.last_outbound_ms);
    // No worker is confined yet, and clients are told so.
    w.field("sandbox", "none");
    write_vitals(w, status.vitals);
    w.key("outbox").begin_object().field("depth", status.backlog.deliveries);
    time_or_null(w, "oldestAt", status.backlog.oldest_ms);
    w.end_object();
    if (status.last_gap) {
        w.key("lastGap").begin_object();
        write_gap_fields(w, *status.last_gap);
        w.end_object();
    }
    w.end_object();
}

void write_gap_fields(json::Writer& w, const store::Gap& gap) {
    w.field("fromMs", gap.from_ms)
        .field("toMs", gap.to_ms)
        .field("reason", gap.reason)
        .field("ts", gap.noticed_ms);
}

void write_quarantined(json::Writer& w, const store::QuarantinedSummary& event) {
    w.begin_object()
        .field("id", event.id)
        .field("channel", event.channel)
        .field("accountId", event.account)
        .field("eventId", event.event_id)
        .field("size", event.size)
        .field("ts", event.created_ms)
        .end_object();
}

std::string summary_line(const channels::AccountStatus& status) {
    std::string line(channels::info_of(status.channel).label);
    if (status.account != "default") line += " (" + status.account + ')';
    line += ": " + (status.enabled ? status.state : std::string("disabled"));
    if (!status.detail.empty()) line += " (" + status.detail + ')';
    return line;
}

}  // namespace gw::methods
