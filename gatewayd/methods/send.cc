// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/utf8.h"
#include "gatewayd/channels/channels.h"
#include "gatewayd/delivery/outbox.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/media.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/services.h"
#include "gatewayd/sessions/keys.h"
#include "proto/gateway/params.h"

namespace gw::methods {

namespace {

std::string text_or_empty(const std::optional<std::string_view>& value) {
    return std::string(value.value_or(std::string_view()));
}

// What the caller learns about a delivery that did not arrive.
Failure failure_of(const delivery::Outcome& outcome) {
    Failure failure = unavailable("Error: " + outcome.error);
    json::Writer(failure.details)
        .begin_object()
        .field("code", outcome.state == store::DeliveryState::uncertain ? "DELIVERY_UNCERTAIN"
                                                                        : "DELIVERY_FAILED")
        .field("deliveryId", outcome.delivery_id)
        .field("state", store::name(outcome.state))
        .end_object();
    return failure;
}

void answer(Reply& reply, const std::string& run_id, const std::string& channel,
            const Result<delivery::Outcome>& ended) {
    if (!ended) return reply.fail(to_failure(ended.error()));
    if (ended->state != store::DeliveryState::sent) return reply.fail(failure_of(*ended));
    std::string payload;
    json::Writer(payload)
        .begin_object()
        .field("runId", run_id)
        .field("messageId", ended->provider_message_id)
        .field("channel", channel)
        .end_object();
    reply.ok(payload);
}

}  // namespace

void handle_send(Services& services, Request& request) {
    const auto params =
        proto::gateway::parse_params<proto::gateway::SendParams>(request.params(), "send");
    if (!params) return request.fail(invalid_request(params.error().message));
    if (params->media_url || !params->media_urls.empty()) {
        return request.fail(
            invalid_request("mediaUrl is not fetched yet: send the file as buffer"));
    }
    const std::string text = text_or_empty(params->message);
    if (text.find_first_not_of(" \t\r\n") == std::string::npos && !params->buffer) {
        return request.fail(invalid_request("message or media required"));
    }
    const auto target = services.channels.resolve_target({text_or_empty(params->channel),
                                                          text_or_empty(params->account_id),
                                                          std::string(params->to)});
    if (!target) return request.fail(to_failure(target.error()));

    const std::string agent = params->agent_id ? sessions::sanitize_agent_id(*params->agent_id)
                                               : services.config.default_agent;
    delivery::NewDelivery what;
    what.channel = target->channel;
    what.account = target->account;
    what.to = target->to;
    what.text = text;
    delivery::Outbox::Alongside keep_file;
    if (params->buffer) {
        auto attachment = read_attachment(
            {*params->buffer, text_or_empty(params->filename), text_or_empty(params->content_type)},
            *target, services.clock.wall_ms());
        if (!attachment) return request.fail(to_failure(attachment.error()));
        what.media = attachment->row;
        keep_file = keep(std::move(*attachment), services.config.state_dir);
    }
    what.session_key = params->session_key ? sessions::canonical_key(*params->session_key, agent)
                                           : target->session_key;
    what.reply_to = text_or_empty(params->reply_to_id);
    what.thread = text_or_empty(params->thread_id);
    what.is_silent = params->silent.value_or(false);
    const std::string run_id(params->idempotency_key);
    what.idempotency_key = "send:" + run_id;
    auto reply = std::make_shared<Reply>(request.defer());  // std::function wants copies
    services.outbox.submit(
        std::move(what),
        [reply, run_id, channel = target->channel](Result<delivery::Outcome> ended) {
            answer(*reply, run_id, channel, ended);
        },
        std::move(keep_file));
}

}  // namespace gw::methods
