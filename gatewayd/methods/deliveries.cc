// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/deliveries.h"

#include <array>

#include "base/utf8.h"
#include "gatewayd/channels/catalog.h"
#include "gatewayd/delivery/dead_letters.h"
#include "gatewayd/delivery/outbox.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/services.h"
#include "proto/gateway/params.h"
#include "store/patience.h"
#include "store/store.h"

namespace gw::methods {

namespace {

using store::Delivery;
using store::DeliveryState;

constexpr std::int64_t kDefaultLimit = 100;
constexpr std::size_t kMaxTextShown = 2000;

constexpr std::array kStates{DeliveryState::queued,    DeliveryState::attempting,
                             DeliveryState::sent,      DeliveryState::failed,
                             DeliveryState::uncertain, DeliveryState::expired,
                             DeliveryState::cancelled};

// Contract and store use the same words.
std::optional<DeliveryState> find_state(std::string_view word) {
    for (const DeliveryState state : kStates) {
        if (store::name(state) == word) return state;
    }
    return std::nullopt;
}

void write_text(json::Writer& w, std::string_view key, std::string_view text) {
    if (!text.empty()) w.field(key, text);
}

void write_delivery(json::Writer& w, const Delivery& row) {
    w.begin_object()
        .field("id", row.id)
        .field("state", store::name(row.state))
        .field("channel", row.channel)
        .field("accountId", row.account)
        .field("to", row.to)
        .field("text", base::utf8_prefix(row.text, kMaxTextShown))
        .field("origin", row.origin)
        .field("attempts", row.attempt);
    write_text(w, "sessionKey", row.session_key);
    write_text(w, "messageId", row.provider_message_id);
    write_text(w, "error", row.error);
    w.field("createdAt", row.created_ms)
        .field("updatedAt", row.updated_ms)
        .field("expiresAt", row.expires_ms);
    if (row.settled_ms != 0) w.field("settledAt", row.settled_ms);
    w.end_object();
}

std::string list_payload(const std::vector<Delivery>& rows, std::size_t limit,
                         std::int64_t now_ms) {
    std::string payload;
    json::Writer w(payload);
    w.begin_object().field("ts", now_ms).key("deliveries").begin_array();
    for (std::size_t i = 0; i < rows.size() && i < limit; ++i)
        write_delivery(w, rows[i]);
    w.end_array().field("hasMore", rows.size() > limit).end_object();
    return payload;
}

void answer_list(Reply& reply, const Result<std::vector<Delivery>>& rows, int limit,
                 std::int64_t now_ms) {
    if (!rows) return reply.fail(to_failure(rows.error()));
    reply.ok(list_payload(*rows, static_cast<std::size_t>(limit), now_ms));
}

void answer_retry(Reply& reply, const std::string& id, const Result<std::string>& delivery_id) {
    if (!delivery_id) return reply.fail(to_failure(delivery_id.error()));
    std::string payload;
    json::Writer(payload)
        .begin_object()
        .field("ok", true)
        .field("id", id)
        .field("deliveryId", *delivery_id)
        .end_object();
    reply.ok(payload);
}

void answer_drop(Reply& reply, const std::string& id, const Result<void>& dropped) {
    if (!dropped) return reply.fail(to_failure(dropped.error()));
    std::string payload;
    json::Writer(payload).begin_object().field("ok", true).field("id", id).end_object();
    reply.ok(payload);
}

void answer_cancel(Reply& reply, const Result<delivery::Outcome>& ended) {
    if (!ended) return reply.fail(to_failure(ended.error()));
    std::string payload;
    json::Writer(payload)
        .begin_object()
        .field("ok", true)
        .field("id", ended->delivery_id)
        .field("state", store::name(ended->state))
        .end_object();
    reply.ok(payload);
}

}  // namespace

void handle_deliveries_list(Services& services, Request& request) {
    using Params = proto::gateway::DeliveriesListParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    store::DeliveryFilter filter;
    if (params->state) filter.state = find_state(proto::gateway::name(*params->state));
    if (params->channel) filter.channel = channels::channel_id_of(*params->channel);
    filter.includes_settled = params->include_settled.value_or(false);
    const int limit = static_cast<int>(params->limit.value_or(kDefaultLimit));
    filter.limit = limit + 1;  // one more tells whether there are more
    auto reply = std::make_shared<Reply>(request.defer());
    services.store.read<std::vector<Delivery>>(
        [filter](store::Database& db) { return store::list_deliveries(db, filter); },
        [reply, limit, now_ms = services.clock.wall_ms()](auto rows) {
            answer_list(*reply, rows, limit, now_ms);
        });
}

void handle_deliveries_retry(Services& services, Request& request) {
    using Params = proto::gateway::DeliveriesRetryParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const std::string id(params->id);
    auto reply = std::make_shared<Reply>(request.defer());
    services.dead_letters.retry(
        id, services.patience.limit<std::string>(
                [reply, id](const auto& delivery_id) { answer_retry(*reply, id, delivery_id); }));
}

void handle_deliveries_drop(Services& services, Request& request) {
    using Params = proto::gateway::DeliveriesDropParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const std::string id(params->id);
    auto reply = std::make_shared<Reply>(request.defer());
    services.dead_letters.drop(id, services.patience.limit<void>([reply, id](const auto& dropped) {
        answer_drop(*reply, id, dropped);
    }));
}

void handle_deliveries_cancel(Services& services, Request& request) {
    using Params = proto::gateway::DeliveriesCancelParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    auto reply = std::make_shared<Reply>(request.defer());
    services.outbox.cancel(std::string(params->id),
                           services.patience.limit<delivery::Outcome>(
                               [reply](const auto& ended) { answer_cancel(*reply, ended); }));
}

}  // namespace gw::methods
