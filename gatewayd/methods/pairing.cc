// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/access/pairing.h"

#include <memory>
#include <vector>

#include "gatewayd/channels/catalog.h"
#include "gatewayd/channels/channels.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/pairing_json.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/services.h"
#include "proto/gateway/params.h"

namespace gw::methods {

namespace {

namespace gp = proto::gateway;

constexpr std::string_view kMutableWarning =
    "this identity can be taken over: its network gives it to whoever asks for it, and that person "
    "would be admitted too";

std::string channel_of(const std::optional<std::string_view>& channel) {
    return channel ? channels::channel_id_of(*channel) : std::string();
}

template <typename Row>
void answer_rows(Reply& reply, std::int64_t now_ms, std::string_view key,
                 const Result<std::vector<Row>>& rows, void (*write)(json::Writer&, const Row&)) {
    if (!rows) return reply.fail(to_failure(rows.error()));
    std::string payload;
    json::Writer w(payload);
    w.begin_object().field("ts", now_ms).key(key).begin_array();
    for (const Row& row : *rows)
        write(w, row);
    w.end_array().end_object();
    reply.ok(payload);
}

void answer_approved(Reply& reply, const Result<store::AllowedSender>& sender) {
    if (!sender) return reply.fail(to_failure(sender.error()));
    std::string payload;
    json::Writer w(payload);
    w.begin_object().field("ok", true).key("sender");
    write_allowed_sender(w, *sender);
    if (sender->is_mutable) w.field("warning", kMutableWarning);
    w.end_object();
    reply.ok(payload);
}

std::string whom(const std::string& channel, const std::string& account,
                 const std::string& sender_id) {
    std::string payload;
    json::Writer(payload)
        .begin_object()
        .field("ok", true)
        .field("channel", channel)
        .field("accountId", account)
        .field("senderId", sender_id)
        .end_object();
    return payload;
}

}  // namespace

void handle_pairing_list(Services& services, Request& request) {
    const auto params = gp::parse_params<gp::PairingListParams>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    auto reply = std::make_shared<Reply>(request.defer());
    services.channels.pairing().list(
        channel_of(params->channel), [reply, now_ms = services.clock.wall_ms()](const auto& rows) {
            answer_rows(*reply, now_ms, "requests", rows, write_pairing_request);
        });
}

void handle_pairing_approve(Services& services, Request& request) {
    const auto params =
        gp::parse_params<gp::PairingApproveParams>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    auto reply = std::make_shared<Reply>(request.defer());
    services.channels.pairing().approve(
        channel_of(params->channel), std::string(params->code),
        [reply](const auto& sender) { answer_approved(*reply, sender); });
}

void handle_pairing_reject(Services& services, Request& request) {
    const auto params =
        gp::parse_params<gp::PairingRejectParams>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    auto reply = std::make_shared<Reply>(request.defer());
    services.channels.pairing().reject(
        channel_of(params->channel), std::string(params->code),
        [reply](const Result<store::PairingRequest>& gone) {
            if (!gone) return reply->fail(to_failure(gone.error()));
            reply->ok(whom(gone->channel, gone->account, gone->sender_id));
        });
}

void handle_pairing_allowed(Services& services, Request& request) {
    const auto params =
        gp::parse_params<gp::PairingAllowedParams>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    auto reply = std::make_shared<Reply>(request.defer());
    services.channels.pairing().list_allowed(
        channel_of(params->channel), [reply, now_ms = services.clock.wall_ms()](const auto& rows) {
            answer_rows(*reply, now_ms, "senders", rows, write_allowed_sender);
        });
}

void handle_pairing_remove(Services& services, Request& request) {
    const auto params =
        gp::parse_params<gp::PairingRemoveParams>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const std::string channel = channels::channel_id_of(params->channel);
    const std::string sender(params->sender_id);
    std::string named(params->account_id.value_or(std::string_view()));
    if (named.empty()) {
        const auto* usual = channels::find_default_account(services.config.accounts, channel);
        named = usual == nullptr ? "default" : usual->account;
    }
    auto reply = std::make_shared<Reply>(request.defer());
    services.channels.pairing().remove(
        channel, named, sender, [reply, channel, named, sender](const Result<void>& removed) {
            if (!removed) return reply->fail(to_failure(removed.error()));
            reply->ok(whom(channel, named, sender));
        });
}

}  // namespace gw::methods
