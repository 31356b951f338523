// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/agents/runs.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/run_waiters.h"
#include "gatewayd/methods/services.h"
#include "gatewayd/sessions/keys.h"
#include "proto/gateway/params.h"

namespace gw::methods {

namespace {

constexpr std::int64_t kDefaultWaitMs = 30'000;
constexpr std::int64_t kMaxWaitMs = 24 * 3'600'000;

std::string accepted_payload(const agents::RunRequest& run, std::int64_t now_ms) {
    std::string payload;
    json::Writer(payload)
        .begin_object()
        .field("runId", run.run_id)
        .field("status", "accepted")
        .field("acceptedAt", now_ms)
        .field("sessionKey", run.session_key)
        .field("agentId", sessions::agent_of(run.session_key))
        .end_object();
    return payload;
}

// Nothing when the request is fine.
std::optional<std::string> find_contradiction(const Services& services,
                                              const proto::gateway::AgentParams& params,
                                              const std::string& key) {
    if (!params.agent_id) return std::nullopt;
    const std::string agent = sessions::sanitize_agent_id(*params.agent_id);
    if (agent != services.config.default_agent) {
        return "invalid agent params: unknown agent id \"" + std::string(*params.agent_id) + '"';
    }
    if (params.session_key && sessions::agent_of(key) != agent) {
        return "invalid agent params: agent \"" + agent + "\" does not match session key agent \"" +
               sessions::agent_of(key) + '"';
    }
    return std::nullopt;
}

void on_started(Services& services, const std::shared_ptr<Reply>& reply,
                const std::string& accepted, const std::string& run_id,
                const Result<agents::StartOutcome>& outcome) {
    if (!outcome) return reply->fail(to_failure(outcome.error()));
    using Status = agents::StartOutcome::Status;
    switch (outcome->status) {
        case Status::started:
            reply->acknowledge(accepted);
            // When too many wait, the reply answers for itself.
            (void)services.run_waiters.wait_for_result(run_id, std::move(*reply));
            return;
        case Status::in_flight: return reply->ok(accepted);
        case Status::finished_ok:
            return reply->ok(agent_result({run_id, true, "completed", outcome->summary}));
        case Status::finished_error:
            return reply->fail(unavailable(outcome->summary),
                               agent_result({run_id, false, outcome->summary, {}}));
        case Status::queue_full:
            return reply->fail(unavailable("the session has too many runs waiting"));
    }
}

}  // namespace

void handle_agent(Services& services, Request& request) {
    using Params = proto::gateway::AgentParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const std::string_view session = params->session_key.value_or("main");
    agents::RunRequest run;
    run.run_id = params->idempotency_key;
    run.session_key = sessions::canonical_key(session, services.config.default_agent);
    run.display_key = session;
    run.text = params->message;
    if (auto complaint = find_contradiction(services, *params, run.session_key)) {
        return request.fail(invalid_request(std::move(*complaint)));
    }
    const std::string run_id = run.run_id;
    const std::string accepted = accepted_payload(run, services.clock.wall_ms());
    auto reply = std::make_shared<Reply>(request.defer());
    services.runs.start(std::move(run),
                        [&services, reply, accepted, run_id](Result<agents::StartOutcome> outcome) {
                            on_started(services, reply, accepted, run_id, outcome);
                        });
}

void handle_agent_wait(Services& services, Request& request) {
    using Params = proto::gateway::AgentWaitParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const std::int64_t timeout = std::min(params->timeout_ms.value_or(kDefaultWaitMs), kMaxWaitMs);
    // When too many wait, the reply answers for itself.
    (void)services.run_waiters.wait_for_end(std::string(params->run_id),
                                            std::chrono::milliseconds(timeout), request.defer());
}

}  // namespace gw::methods
