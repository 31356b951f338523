// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/agents/runs.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/services.h"
#include "gatewayd/sessions/keys.h"
#include "proto/gateway/params.h"
#include "store/sessions.h"
#include "store/store.h"

namespace gw::methods {

namespace {

constexpr std::int64_t kDefaultHistory = 200;
constexpr std::size_t kMaxHistoryBytes = 6U << 20;

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Words that end what is under way instead of being said.
bool is_stop_command(std::string_view message) {
    std::string word(trim(message));
    for (char& c : word)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (const std::string_view stop :
         {"/stop", "stop", "esc", "abort", "wait", "exit", "interrupt"}) {
        if (word == stop) return true;
    }
    return false;
}

std::string key_of(const Services& services, std::string_view session_key,
                   const std::optional<std::string_view>& agent) {
    const std::string owner =
        agent ? sessions::sanitize_agent_id(*agent) : services.config.default_agent;
    return sessions::canonical_key(session_key, owner);
}

void write_aborted(json::Writer& w, const std::vector<std::string>& run_ids) {
    w.begin_object().field("ok", true).field("aborted", !run_ids.empty());
    w.key("runIds").begin_array();
    for (const std::string& id : run_ids)
        w.value(id);
    w.end_array().end_object();
}

std::string run_status(const std::string& run_id, std::string_view status) {
    std::string payload;
    json::Writer(payload)
        .begin_object()
        .field("runId", run_id)
        .field("status", status)
        .end_object();
    return payload;
}

void answer_started(Reply& reply, const std::string& run_id,
                    const Result<agents::StartOutcome>& outcome) {
    if (!outcome) return reply.fail(to_failure(outcome.error()));
    using Status = agents::StartOutcome::Status;
    switch (outcome->status) {
        case Status::started: return reply.ok(run_status(run_id, "started"));
        case Status::in_flight: return reply.ok(run_status(run_id, "in_flight"));
        case Status::finished_ok: return reply.ok(run_status(run_id, "ok"));
        case Status::finished_error: {
            std::string payload;
            json::Writer(payload)
                .begin_object()
                .field("runId", run_id)
                .field("status", "error")
                .field("summary", outcome->summary)
                .end_object();
            return reply.fail(unavailable(outcome->summary), payload);
        }
        case Status::queue_full: {
            Failure failure = unavailable("the session has too many runs waiting");
            failure.is_retryable = true;
            failure.retry_after_ms = 1000;
            return reply.fail(failure);
        }
    }
}

struct History {
    std::string session_id;
    std::vector<store::TranscriptEntry> entries;
};

Result<History> read_history(store::Database& db, const std::string& key, int limit) {
    History history;
    TRY(const auto session, store::find_session(db, key));
    if (!session) return history;
    history.session_id = session->session_id;
    TRY(history.entries, store::list_transcript(db, key, limit));
    return history;
}

// The oldest entries go until the rest fits; the newest always stays.
std::size_t first_that_fits(const std::vector<store::TranscriptEntry>& entries) {
    std::size_t bytes = 0;
    std::size_t first = entries.size();
    while (first > 0) {
        bytes += entries[first - 1].message.size() + 1;
        if (bytes > kMaxHistoryBytes && first < entries.size()) break;
        --first;
    }
    return first;
}

std::string history_payload(const std::string& asked_key, const History& history) {
    std::string payload;
    json::Writer w(payload);
    w.begin_object().field("sessionKey", asked_key);
    if (!history.session_id.empty()) w.field("sessionId", history.session_id);
    w.key("messages").begin_array();
    for (std::size_t i = first_that_fits(history.entries); i < history.entries.size(); ++i) {
        w.raw(history.entries[i].message);
    }
    w.end_array().field("thinkingLevel", "off").end_object();
    return payload;
}

void answer_injected(Reply& reply, const Result<std::string>& message_id) {
    if (!message_id) return reply.fail(to_failure(message_id.error()));
    std::string payload;
    json::Writer(payload)
        .begin_object()
        .field("ok", true)
        .field("messageId", *message_id)
        .end_object();
    reply.ok(payload);
}

}  // namespace

void handle_chat_send(Services& services, Request& request) {
    using Params = proto::gateway::ChatSendParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    if (trim(params->message).empty()) {
        // Attachments are not taken yet, so a message without text says nothing.
        return request.fail(invalid_request("message or attachment required"));
    }
    const std::string key = key_of(services, params->session_key, params->agent_id);
    if (is_stop_command(params->message)) {
        const auto ids = services.runs.abort_session(key, "stop");
        return request.ok([&ids](json::Writer& w) { write_aborted(w, ids); });
    }
    agents::RunRequest run;
    run.run_id = params->idempotency_key;
    run.session_key = key;
    run.display_key = params->session_key;
    run.text = params->message;
    const std::string run_id = run.run_id;
    auto reply = std::make_shared<Reply>(request.defer());
    services.runs.start(std::move(run), [reply, run_id](Result<agents::StartOutcome> outcome) {
        answer_started(*reply, run_id, outcome);
    });
}

void handle_chat_abort(Services& services, Request& request) {
    using Params = proto::gateway::ChatAbortParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const std::string key = key_of(services, params->session_key, params->agent_id);
    std::vector<std::string> ids;
    if (!params->run_id) {
        ids = services.runs.abort_session(key, "rpc");
    } else {
        const std::string run_id(*params->run_id);
        const auto session = services.runs.find_session_of(run_id);
        if (session && *session != key) {
            return request.fail(invalid_request("runId does not match sessionKey"));
        }
        ids = services.runs.abort_run(run_id, "rpc");
    }
    request.ok([&ids](json::Writer& w) { write_aborted(w, ids); });
}

void handle_chat_history(Services& services, Request& request) {
    using Params = proto::gateway::ChatHistoryParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const std::string asked(params->session_key);
    const std::string key = key_of(services, asked, params->agent_id);
    const int limit = static_cast<int>(params->limit.value_or(kDefaultHistory));
    auto reply = std::make_shared<Reply>(request.defer());
    services.store.read<History>(
        [key, limit](store::Database& db) { return read_history(db, key, limit); },
        [reply, asked](Result<History> history) {
            if (!history) return reply->fail(to_failure(history.error()));
            reply->ok(history_payload(asked, *history));
        });
}

void handle_chat_inject(Services& services, Request& request) {
    using Params = proto::gateway::ChatInjectParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    std::string text(params->message);
    if (params->label && !params->label->empty()) {
        text = "[" + std::string(*params->label) + "]\n\n" + text;
    }
    const std::string display_key(params->session_key);
    auto reply = std::make_shared<Reply>(request.defer());
    services.runs.inject(key_of(services, display_key, params->agent_id), display_key, text,
                         [reply](const auto& id) { answer_injected(*reply, id); });
}

}  // namespace gw::methods
