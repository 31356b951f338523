// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/utf8.h"
#include "gatewayd/channels/channels.h"
#include "gatewayd/delivery/outbox.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/media.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/send_answer.h"
#include "gatewayd/methods/services.h"
#include "gatewayd/sessions/keys.h"
#include "proto/gateway/params.h"

namespace gw::methods {

namespace {

// How text and file are meant. What means nothing without a file is refused, not ignored.
Result<store::DeliveryContent> content_of(const proto::gateway::SendParams& params) {
    store::DeliveryContent content;
    TRY(content.parse_mode, parse_mode_of(params.parse_mode));
    content.is_document = params.force_document.value_or(false);
    content.is_voice = params.as_voice.value_or(false);
    if (params.buffer || !(content.is_document || content.is_voice)) return content;
    return fail(Errc::invalid_input,
                std::string(content.is_document ? "forceDocument" : "asVoice") +
                    " wants a file: send it as buffer");
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
    auto content = content_of(*params);
    if (!content) return request.fail(to_failure(content.error()));
    const auto target =
        services.channels.resolve_target({.channel = text_or_empty(params->channel),
                                          .account = text_or_empty(params->account_id),
                                          .to = std::string(params->to),
                                          .thread = text_or_empty(params->thread_id)});
    if (!target) return request.fail(to_failure(target.error()));

    const std::string agent = params->agent_id ? sessions::sanitize_agent_id(*params->agent_id)
                                               : services.config.default_agent;
    delivery::NewDelivery what;
    what.channel = target->channel;
    what.account = target->account;
    what.to = target->to;
    what.text = text;
    what.content = std::move(*content);
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
    what.thread = target->thread;
    what.is_silent = params->silent.value_or(false);
    const std::string run_id(params->idempotency_key);
    what.idempotency_key = "send:" + run_id;
    services.outbox.submit(std::move(what), answer_when_ended(request, run_id, target->channel),
                           std::move(keep_file));
}

}  // namespace gw::methods
