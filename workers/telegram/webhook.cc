// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/webhook.h"

#include <string_view>
#include <utility>

#include "base/json.h"
#include "workers/telegram/update.h"

namespace gw::telegram {

namespace {

constexpr std::string_view kSecretHeader = "x-telegram-bot-api-secret-token";

proto::HttpReply reply_with(std::uint32_t status, std::string_view text) {
    proto::HttpReply reply;
    reply.set_status(status);
    reply.set_body(std::string(text) + '\n');
    return reply;
}

bool knows(const proto::HttpRequestReceived& request, const base::Secret& secret) {
    for (const proto::HttpHeader& header : request.headers()) {
        if (header.name() == kSecretHeader) return secret.equals(header.value());
    }
    return false;
}

}  // namespace

Webhook::Webhook(workers::Core& core, Intake& intake, base::Secret secret)
    : core_(core), intake_(intake), secret_(std::move(secret)) {}

std::optional<proto::HttpReply> Webhook::on_request(const proto::HttpRequestReceived& request,
                                                    workers::ReplyId id) {
    if (request.method() != "POST") return reply_with(405, "POST");
    if (!knows(request, secret_)) return reply_with(401, "the secret token is missing or wrong");
    json::Parser parser;
    const auto update = parser.parse(request.body());
    const auto number = update ? find_integer(*update, "update_id") : std::nullopt;
    // Repeating it would not help, but whoever knows the secret and sends this is not Telegram.
    if (!number || *number <= 0 || *number > kMaxUpdateId) return reply_with(400, "not an update");
    const std::string event_id = intake_.event_id(*number);
    // Before it is taken: what says nothing is over at once.
    waiting_[event_id].push_back(id);
    if (intake_.take(*number, request.body())) return std::nullopt;
    waiting_[event_id].pop_back();
    if (waiting_[event_id].empty()) waiting_.erase(event_id);
    return reply_with(503, "too many messages wait");
}

void Webhook::on_accepted(const std::string& event_id) {
    const auto waiting = waiting_.extract(event_id);
    if (!waiting) return;
    for (const workers::ReplyId id : waiting.mapped())
        core_.http_reply(id, reply_with(200, "ok"));
}

}  // namespace gw::telegram
