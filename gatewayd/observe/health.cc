// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/observe/health.h"

#include "base/json.h"

namespace gw::observe {

namespace {

void write_sessions(json::Writer& w, const HealthFacts& facts, std::int64_t now_ms) {
    w.begin_object()
        .field("path", facts.state_dir + "/gatewayd.db")
        .field("count", facts.session_count)
        .key("recent")
        .begin_array();
    for (const SessionFacts& session : facts.recent) {
        w.begin_object()
            .field("key", session.key)
            .field("updatedAt", session.updated_ms)
            .field("age", now_ms - session.updated_ms)
            .end_object();
    }
    w.end_array().end_object();
}

void write_channel(json::Writer& w, const ChannelFacts& channel) {
    w.foreign_key(channel.id);
    if (channel.accounts.empty()) {
        w.begin_object().field("configured", false).end_object();
        return;
    }
    // The default account's fields, then all accounts by name.
    const std::string& first = channel.accounts.front().json;
    w.raw(std::string_view(first).substr(0, first.size() - 1));
    std::string& out = w.out();
    if (first.size() > 2) out += ',';
    out += R"("accounts":)";
    json::Writer accounts(out);
    accounts.begin_object();
    for (const AccountFacts& account : channel.accounts) {
        accounts.foreign_key(account.id).raw(account.json);
    }
    accounts.end_object();
    out += '}';
}

}  // namespace

Health::Health(const base::Clock& clock) : clock_(clock) {}

void Health::update(const HealthFacts& facts) {
    const std::int64_t now_ms = clock_.wall_ms();
    const base::SteadyTime begin = clock_.steady();
    ++version_;
    std::string out;
    json::Writer w(out);
    w.begin_object().field("ok", true).field("ts", now_ms).key("channels").begin_object();
    for (const ChannelFacts& channel : facts.channels)
        write_channel(w, channel);
    w.end_object().key("channelOrder").begin_array();
    for (const ChannelFacts& channel : facts.channels)
        w.value(channel.id);
    w.end_array().key("channelLabels").begin_object();
    for (const ChannelFacts& channel : facts.channels) {
        w.foreign_key(channel.id).value(channel.label);
    }
    w.end_object().field("heartbeatSeconds", 0).field("defaultAgentId", facts.default_agent);
    w.key("agents").begin_array().begin_object();
    w.field("agentId", facts.default_agent).field("isDefault", true);
    w.key("heartbeat")
        .begin_object()
        .field("enabled", false)
        .field("every", "disabled")
        .key("everyMs")
        .null()
        .field("prompt", "")
        .field("target", "none")
        .field("ackMaxChars", 0)
        .end_object();
    w.key("sessions");
    write_sessions(w, facts, now_ms);
    w.end_object().end_array().key("sessions");
    write_sessions(w, facts, now_ms);
    const auto took = std::chrono::duration_cast<base::Millis>(clock_.steady() - begin).count();
    w.field("durationMs", took).end_object();
    json_ = std::move(out);
}

}  // namespace gw::observe
