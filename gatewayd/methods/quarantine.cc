// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/quarantine.h"

#include "base/bytes.h"
#include "gatewayd/methods/account_json.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/services.h"
#include "proto/gateway/params.h"
#include "store/patience.h"
#include "store/store.h"

namespace gw::methods {

namespace {

constexpr std::int64_t kDefaultListed = 100;

using Listed = std::vector<store::QuarantinedSummary>;
using Found = std::optional<store::Quarantined>;

Failure no_such_event() {
    return invalid_request("no such event in quarantine");
}

void answer_list(Reply& reply, const Result<Listed>& events) {
    if (!events) return reply.fail(to_failure(events.error()));
    std::string payload;
    json::Writer w(payload);
    w.begin_object().key("events").begin_array();
    for (const store::QuarantinedSummary& event : *events)
        write_quarantined(w, event);
    w.end_array().end_object();
    reply.ok(payload);
}

// Bytes that nobody parsed are not text: base64url.
void answer_one(Reply& reply, const Result<Found>& found) {
    if (!found) return reply.fail(to_failure(found.error()));
    if (!*found) return reply.fail(no_such_event());
    const store::Quarantined& event = **found;
    std::string payload;
    json::Writer w(payload);
    w.begin_object().key("event");
    write_quarantined(w, {.id = event.id,
                          .channel = event.channel,
                          .account = event.account,
                          .event_id = event.event_id,
                          .size = static_cast<std::int64_t>(event.raw.size()),
                          .created_ms = event.created_ms});
    w.field("raw", base::to_base64url(event.raw)).end_object();
    reply.ok(payload);
}

void answer_dropped(Reply& reply, const Result<bool>& was_there) {
    if (!was_there) return reply.fail(to_failure(was_there.error()));
    if (!*was_there) return reply.fail(no_such_event());
    reply.ok(R"({"ok":true})");
}

}  // namespace

void handle_channels_quarantine(Services& services, Request& request) {
    using Params = proto::gateway::ChannelsQuarantineParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    auto reply = std::make_shared<Reply>(request.defer());
    if (params->id) {
        return services.store.read<Found>(
            [id = *params->id](store::Database& db) { return store::find_quarantined(db, id); },
            [reply](const Result<Found>& found) { answer_one(*reply, found); });
    }
    const int limit = static_cast<int>(params->limit.value_or(kDefaultListed));
    services.store.read<Listed>(
        [limit](store::Database& db) { return store::list_quarantine(db, limit); },
        [reply](const Result<Listed>& events) { answer_list(*reply, events); });
}

void handle_channels_quarantine_drop(Services& services, Request& request) {
    using Params = proto::gateway::ChannelsQuarantineDropParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    auto reply = std::make_shared<Reply>(request.defer());
    services.store.write<bool>(
        [id = params->id](store::Database& db) { return store::drop_quarantined(db, id); },
        services.patience.limit<bool>(
            [reply](const Result<bool>& was_there) { answer_dropped(*reply, was_there); }));
}

}  // namespace gw::methods
