// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <algorithm>

#include "gatewayd/channels/channels.h"
#include "gatewayd/delivery/outbox.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/send_answer.h"
#include "gatewayd/methods/services.h"
#include "proto/gateway/params.h"

namespace gw::methods {

namespace {

constexpr std::int64_t kSecondsPerHour = 3600;
// 32 days, the longest that any network knows (Discord). Clients may ask for more.
constexpr std::int64_t kMaxHours = 768;

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Result<std::uint32_t> duration_of(const proto::gateway::PollParams& params) {
    if (params.duration_seconds && params.duration_hours) {
        return fail(Errc::invalid_input, "durationSeconds and durationHours cannot both be given");
    }
    const std::int64_t seconds = params.duration_seconds.value_or(
        std::min(params.duration_hours.value_or(0), kMaxHours) * kSecondsPerHour);
    return static_cast<std::uint32_t>(seconds);
}

// The texts are those that clients know; they come as failures of the network's.
Result<store::DeliveryPoll> poll_of(const proto::gateway::PollParams& params,
                                    std::size_t max_options) {
    store::DeliveryPoll poll;
    poll.question = params.question;
    for (const std::string_view option : params.options) {
        if (!is_blank(option)) poll.options.emplace_back(option);
    }
    if (is_blank(poll.question)) {
        return fail(Errc::unavailable, "Error: Poll question is required");
    }
    if (poll.options.size() < 2) {
        return fail(Errc::unavailable, "Error: Poll requires at least 2 options");
    }
    if (poll.options.size() > max_options) {
        return fail(Errc::unavailable,
                    "Error: Poll supports at most " + std::to_string(max_options) + " options");
    }
    const std::int64_t selections = params.max_selections.value_or(1);
    if (selections > static_cast<std::int64_t>(poll.options.size())) {
        return fail(Errc::unavailable, "Error: maxSelections cannot exceed option count");
    }
    poll.max_selections = static_cast<std::uint32_t>(selections);
    poll.is_public = !params.is_anonymous.value_or(true);
    return poll;
}

}  // namespace

void handle_poll(Services& services, Request& request) {
    const auto params =
        proto::gateway::parse_params<proto::gateway::PollParams>(request.params(), "poll");
    if (!params) return request.fail(invalid_request(params.error().message));
    const auto duration = duration_of(*params);
    if (!duration) return request.fail(to_failure(duration.error()));
    const auto target =
        services.channels.resolve_target({.channel = text_or_empty(params->channel),
                                          .account = text_or_empty(params->account_id),
                                          .to = std::string(params->to),
                                          .thread = text_or_empty(params->thread_id)});
    if (!target) return request.fail(to_failure(target.error()));
    const auto max_options = services.channels.find_poll_limit(*target);
    if (!max_options) return request.fail(to_failure(max_options.error()));
    auto poll = poll_of(*params, *max_options);
    if (!poll) return request.fail(to_failure(poll.error()));
    poll->duration_s = *duration;

    const std::string run_id(params->idempotency_key);
    delivery::NewDelivery what;
    what.channel = target->channel;
    what.account = target->account;
    what.to = target->to;
    what.text = poll->question;
    what.content.poll = std::move(*poll);
    what.thread = target->thread;
    what.is_silent = params->silent.value_or(false);
    what.origin = "poll";
    what.idempotency_key = "poll:" + run_id;
    services.outbox.submit(std::move(what), answer_when_ended(request, run_id, target->channel));
}

}  // namespace gw::methods
