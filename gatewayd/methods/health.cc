// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/observe/health.h"

#include "base/json.h"
#include "gatewayd/channels/channels.h"
#include "gatewayd/methods/account_json.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/services.h"
#include "gatewayd/observe/system_events.h"
#include "gatewayd/sessions/keys.h"
#include "gatewayd/version.h"
#include "store/sessions.h"
#include "store/store.h"

namespace gw::methods {

namespace {

constexpr int kRecentSessions = 10;

void write_session(json::Writer& w, const store::Session& session, std::int64_t now_ms) {
    w.begin_object()
        .field("agentId", sessions::agent_of(session.key))
        .field("key", session.key)
        .field("kind", sessions::name(sessions::kind_of(session.key, session.chat_type)))
        .field("sessionId", session.session_id)
        .field("updatedAt", session.updated_ms)
        .field("age", now_ms - session.updated_ms)
        .key("totalTokens")
        .null()
        .key("remainingTokens")
        .null()
        .key("percentUsed")
        .null()
        .key("model")
        .null()
        .key("contextTokens")
        .null()
        .key("flags")
        .begin_array()
        .value("id:" + session.session_id)
        .end_array()
        .end_object();
}

struct Overview {
    std::int64_t count = 0;
    std::vector<store::Session> recent;  // newest first
};

Result<Overview> read_overview(store::Database& db) {
    Overview overview;
    TRY(overview.count, store::count_sessions(db));
    TRY(overview.recent, store::list_sessions(db, 0, kRecentSessions));
    return overview;
}

void write_recent(json::Writer& w, const Overview& overview, std::int64_t now_ms) {
    w.key("recent").begin_array();
    for (const store::Session& session : overview.recent)
        write_session(w, session, now_ms);
    w.end_array();
}

void write_sessions(json::Writer& w, const Services& services, const Overview& overview) {
    const std::int64_t now_ms = services.clock.wall_ms();
    const std::string path = services.config.state_dir + "/gatewayd.db";
    w.key("sessions").begin_object().key("paths").begin_array().value(path).end_array();
    w.field("count", overview.count);
    w.key("defaults").begin_object().key("model").null().key("contextTokens").null().end_object();
    write_recent(w, overview, now_ms);
    w.key("byAgent").begin_array().begin_object();
    w.field("agentId", services.config.default_agent).field("path", path);
    w.field("count", overview.count);
    write_recent(w, overview, now_ms);
    w.end_object().end_array().end_object();
}

std::string status_payload(const Services& services, const Overview& overview) {
    std::string payload;
    json::Writer w(payload);
    w.begin_object().field("runtimeVersion", kVersion);
    w.key("heartbeat").begin_object().field("defaultAgentId", services.config.default_agent);
    w.key("agents").begin_array().begin_object();
    w.field("agentId", services.config.default_agent).field("enabled", false);
    w.field("every", "disabled").key("everyMs").null();
    w.end_object().end_array().end_object();

    w.key("channelSummary").begin_array();
    for (const channels::AccountStatus& status : services.channels.statuses()) {
        w.value(summary_line(status));
    }
    w.end_array().key("queuedSystemEvents").begin_array();
    const std::string main_key = sessions::main_key(services.config.default_agent);
    for (const std::string& line : services.system_events.waiting(main_key))
        w.value(line);
    w.end_array();
    write_sessions(w, services, overview);

    w.key("workers").begin_array();
    for (const channels::AccountStatus& status : services.channels.statuses()) {
        write_account(w, status);
    }
    w.end_array().field("workersSandboxed", false).end_object();
    return payload;
}

}  // namespace

void handle_health(Services& services, Request& request) {
    const json::Value params = request.params();
    const auto probe = params.is_object() ? params.find("probe") : std::nullopt;
    if (!probe || !probe->is_bool() || !probe->boolean()) {
        return request.ok_raw(services.health.json());
    }
    auto reply = std::make_shared<Reply>(request.defer());
    services.announcer.refresh_health([reply, &services] { reply->ok(services.health.json()); });
}

void handle_last_heartbeat(Services&, Request& request) {
    // No heartbeat has been recorded: nothing in this gateway makes any yet.
    request.ok([](json::Writer& w) { w.null(); });
}

void handle_status(Services& services, Request& request) {
    auto reply = std::make_shared<Reply>(request.defer());
    services.store.read<Overview>([](store::Database& db) { return read_overview(db); },
                                  [reply, &services](Result<Overview> overview) {
                                      if (!overview)
                                          return reply->fail(to_failure(overview.error()));
                                      reply->ok(status_payload(services, *overview));
                                  });
}

}  // namespace gw::methods
