// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/methods/send_answer.h"

#include <memory>

namespace gw::methods {

namespace {

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

std::string text_or_empty(const std::optional<std::string_view>& value) {
    return std::string(value.value_or(std::string_view()));
}

Result<std::string> parse_mode_of(const std::optional<std::string_view>& asked) {
    if (!asked || *asked == "Markdown") return std::string();
    if (*asked == "HTML" || *asked == "plain") return std::string(*asked);
    return fail(Errc::invalid_input, "unknown parseMode: " + std::string(*asked) +
                                         " (there are HTML, Markdown and plain)");
}

delivery::Outbox::Ended answer_when_ended(Request& request, const std::string& run_id,
                                          const std::string& channel) {
    auto reply = std::make_shared<Reply>(request.defer());  // std::function wants copies
    return [reply, run_id, channel](const Result<delivery::Outcome>& ended) {
        answer(*reply, run_id, channel, ended);
    };
}

}  // namespace gw::methods
