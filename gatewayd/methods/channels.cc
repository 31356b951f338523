// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/channels.h"

#include <map>

#include "gatewayd/channels/catalog.h"
#include "gatewayd/methods/account_json.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/services.h"
#include "proto/gateway/params.h"

namespace gw::methods {

namespace {

using channels::AccountStatus;

// The statuses of one channel each, in display order.
using ByChannel = std::vector<std::pair<std::string, std::vector<AccountStatus>>>;

ByChannel by_channel(std::vector<AccountStatus> statuses,
                     const std::optional<std::string_view>& only) {
    ByChannel grouped;
    for (AccountStatus& status : statuses) {
        if (only && status.channel != channels::channel_id_of(*only)) continue;
        if (grouped.empty() || grouped.back().first != status.channel) {
            grouped.push_back({status.channel, {}});
        }
        grouped.back().second.push_back(std::move(status));
    }
    return grouped;
}

void write_meta(json::Writer& w, const ByChannel& all) {
    w.key("channelMeta").begin_array();
    for (const auto& [id, accounts] : all) {
        const channels::ChannelInfo info = channels::info_of(id);
        w.begin_object().field("id", id).field("label", info.label);
        w.field("detailLabel", info.detail_label);
        if (!info.system_image.empty()) w.field("systemImage", info.system_image);
        w.end_object();
    }
    w.end_array();
}

template <typename TextOf>
void write_texts(json::Writer& w, std::string_view key, const ByChannel& all,
                 const TextOf& text_of) {
    w.key(key).begin_object();
    for (const auto& [id, accounts] : all) {
        const std::string_view text = text_of(channels::info_of(id));
        if (!text.empty()) w.foreign_key(id).value(text);
    }
    w.end_object();
}

void write_status(json::Writer& w, const ByChannel& all, std::int64_t now_ms) {
    w.begin_object().field("ts", now_ms).key("channelOrder").begin_array();
    for (const auto& [id, accounts] : all)
        w.value(id);
    w.end_array();
    write_texts(w, "channelLabels", all, [](const auto& info) { return info.label; });
    write_texts(w, "channelDetailLabels", all, [](const auto& info) { return info.detail_label; });
    write_texts(w, "channelSystemImages", all, [](const auto& info) { return info.system_image; });
    write_meta(w, all);
    w.key("channels").begin_object();
    for (const auto& [id, accounts] : all) {
        w.foreign_key(id);
        write_account(w, accounts.front());
    }
    w.end_object().key("channelAccounts").begin_object();
    for (const auto& [id, accounts] : all) {
        w.foreign_key(id).begin_array();
        for (const AccountStatus& status : accounts)
            write_account(w, status);
        w.end_array();
    }
    w.end_object().key("channelDefaultAccountId").begin_object();
    for (const auto& [id, accounts] : all)
        w.foreign_key(id).value(accounts.front().account);
    w.end_object().end_object();
}

// start, stop and restart differ in one verb.
using Act = Result<void> (channels::Channels::*)(const std::string&, const std::string&);

template <typename Params>
void act(Services& services, Request& request, Act verb) {
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const std::string channel = channels::channel_id_of(params->channel);
    const std::string account(params->account_id.value_or(std::string_view()));
    const auto done = (services.channels.*verb)(channel, account);
    if (!done) return request.fail(to_failure(done.error()));
    request.ok([&](json::Writer& w) {
        w.begin_object().field("ok", true).field("channel", channel).key("accounts").begin_array();
        for (const AccountStatus& status : services.channels.statuses()) {
            if (status.channel != channel) continue;
            if (!account.empty() && status.account != account) continue;
            write_account(w, status);
        }
        w.end_array().end_object();
    });
}

}  // namespace

void handle_channels_status(Services& services, Request& request) {
    using Params = proto::gateway::ChannelsStatusParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const ByChannel all = by_channel(services.channels.statuses(), params->channel);
    request.ok([&](json::Writer& w) { write_status(w, all, services.clock.wall_ms()); });
}

void handle_channels_start(Services& services, Request& request) {
    act<proto::gateway::ChannelsStartParams>(services, request, &channels::Channels::start);
}

void handle_channels_stop(Services& services, Request& request) {
    act<proto::gateway::ChannelsStopParams>(services, request, &channels::Channels::stop);
}

void handle_channels_restart(Services& services, Request& request) {
    act<proto::gateway::ChannelsRestartParams>(services, request, &channels::Channels::restart);
}

}  // namespace gw::methods
