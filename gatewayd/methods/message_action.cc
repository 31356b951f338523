// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <memory>

#include "gatewayd/channels/channels.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/send_answer.h"
#include "gatewayd/methods/services.h"
#include "proto/gateway/params.h"

namespace gw::methods {

namespace {

using channels::Change;

// A member of params, whose schema says nothing but that it is an object.
Result<std::string> text_of(json::Value params, std::string_view key) {
    const auto found = params.find(key);
    if (!found) return std::string();
    if (found->is_string()) return std::string(found->string());
    if (found->is_integer()) return std::to_string(found->integer());
    return fail(Errc::invalid_input, "params." + std::string(key) + " must be a string");
}

Result<std::string> needed(json::Value params, std::string_view key) {
    TRY(std::string text, text_of(params, key));
    if (!text.empty()) return text;
    return fail(Errc::invalid_input, "params." + std::string(key) + " is required");
}

Result<Change> edit_of(json::Value params) {
    Change change{.kind = Change::Kind::edit, .message_id = {}, .text = {}, .parse_mode = {}};
    TRY(change.text, needed(params, "message"));
    TRY(const std::string mode, text_of(params, "parseMode"));
    if (!mode.empty()) {
        TRY(change.parse_mode, parse_mode_of(mode));
    }
    return change;
}

// No emoji, or remove: none of the account's reactions is left.
Result<Change> reaction_of(json::Value params) {
    Change change{.kind = Change::Kind::react, .message_id = {}, .text = {}, .parse_mode = {}};
    const auto remove = params.find("remove");
    if (remove && !remove->is_bool()) {
        return fail(Errc::invalid_input, "params.remove must be true or false");
    }
    if (!remove || !remove->boolean()) {
        TRY(change.text, text_of(params, "emoji"));
    }
    return change;
}

Result<Change> change_of(std::string_view action, json::Value params) {
    Change change;
    if (action == "edit") {
        TRY(change, edit_of(params));
    } else if (action == "react") {
        TRY(change, reaction_of(params));
    } else if (action == "delete") {
        change.kind = Change::Kind::remove;
    } else {
        return fail(Errc::invalid_input, "unsupported action: " + std::string(action) +
                                             " (there are react, edit and delete)");
    }
    TRY(change.message_id, needed(params, "messageId"));
    return change;
}

void answer(Reply& reply, const std::string& payload, const Result<channels::Changed>& changed) {
    if (!changed) return reply.fail(to_failure(changed.error()));
    if (changed->error.empty()) return reply.ok(payload);
    Failure failure = unavailable("Error: " + changed->error);
    failure.retry_after_ms = changed->retry_after.count();
    failure.is_retryable = failure.retry_after_ms > 0;
    reply.fail(failure);
}

}  // namespace

void handle_message_action(Services& services, Request& request) {
    using Params = proto::gateway::MessageActionParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const auto change = change_of(params->action, params->params);
    if (!change) return request.fail(to_failure(change.error()));
    const auto to = needed(params->params, "to");
    if (!to) return request.fail(to_failure(to.error()));
    const auto target =
        services.channels.resolve_target({.channel = std::string(params->channel),
                                          .account = text_or_empty(params->account_id),
                                          .to = *to,
                                          .thread = {}});
    if (!target) return request.fail(to_failure(target.error()));
    std::string payload;
    json::Writer(payload)
        .begin_object()
        .field("ok", true)
        .field("channel", target->channel)
        .field("action", params->action)
        .field("messageId", change->message_id)
        .end_object();
    auto reply = std::make_shared<Reply>(request.defer());
    services.channels.change(*target, *change, [reply, payload](const auto& changed) {
        answer(*reply, payload, changed);
    });
}

}  // namespace gw::methods
