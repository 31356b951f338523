// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <cstdio>

#include "base/clock.h"
#include "cli/commands/commands.h"

namespace gw::cli {

namespace {

// Ids begin with a time, so that neighbours look alike; their ends differ.
constexpr std::size_t kShortId = 12;
constexpr std::size_t kFullId = 36;
constexpr int kSearched = 500;

std::string short_id(const std::string& id) {
    return id.size() > kShortId ? id.substr(id.size() - kShortId) : id;
}

Tone tone_of(const std::string& state) {
    if (state == "sent") return Tone::good;
    if (state == "failed" || state == "uncertain" || state == "expired") return Tone::bad;
    return Tone::plain;
}

std::string deliveries_table(json::Value deliveries, const Look& look) {
    const std::int64_t now_ms = base::SystemClock().wall_ms();
    std::vector<std::vector<Cell>> rows;
    for (std::size_t i = 0; deliveries.is_array() && i < deliveries.size(); ++i) {
        const json::Value row = deliveries.element(i);
        const std::string state = text_of(row, "state");
        const std::string error = text_of(row, "error");
        rows.push_back({short_id(text_of(row, "id")), Cell(state, tone_of(state)),
                        text_of(row, "channel"), text_of(row, "to"),
                        age(now_ms - number_of(row, "createdAt")),
                        error.empty() ? text_of(row, "text") : error});
    }
    return table({"ID", "STATE", "CHANNEL", "TO", "AGE", "WHY"}, rows, look);
}

std::string list_params(const DeliveriesCommand& command) {
    std::string params;
    json::Writer w(params);
    w.begin_object().field("limit", command.limit);
    if (!command.state.empty()) w.field("state", command.state);
    if (!command.channel.empty()) w.field("channel", command.channel);
    if (command.includes_settled) w.field("includeSettled", true);
    w.end_object();
    return params;
}

int list(Context& context, const DeliveriesCommand& command) {
    int code = kExitOk;
    const auto payload = ask(context, "deliveries.list", list_params(command), code);
    if (!payload) return code;
    json::Parser parser;
    const auto answer = parser.parse(*payload);
    if (context.wants_json || !answer) {
        print(*payload);
        return kExitOk;
    }
    const json::Value deliveries = member_of(*answer, "deliveries");
    if (!deliveries.is_array() || deliveries.size() == 0) {
        print(command.state.empty() ? "No dead letters." : "No delivery is " + command.state + ".");
        return kExitOk;
    }
    print(deliveries_table(deliveries, context.look));
    if (flag_of(*answer, "hasMore")) print("There are more: --limit shows them.");
    return kExitOk;
}

// The whole id that ends like what was typed. Says on stderr when there is none, or are several.
std::optional<std::string> find_id(Context& context, const DeliveriesCommand& command, int& code) {
    if (command.id.size() >= kFullId) return command.id;
    DeliveriesCommand search;
    search.limit = kSearched;
    search.includes_settled = true;
    if (command.verb == "cancel") search.state = "queued";
    const auto payload = ask(context, "deliveries.list", list_params(search), code);
    if (!payload) return std::nullopt;
    json::Parser parser;
    const auto answer = parser.parse(*payload);
    const json::Value all = answer ? member_of(*answer, "deliveries") : json::Value();
    std::vector<std::string> found;
    for (std::size_t i = 0; all.is_array() && i < all.size(); ++i) {
        std::string id = text_of(all.element(i), "id");
        if (id.ends_with(command.id)) found.push_back(std::move(id));
    }
    if (found.size() == 1) return found.front();
    std::fprintf(stderr, "gatewayctl: %s delivery ends with %s\n",
                 found.empty() ? "no such" : "more than one", command.id.c_str());
    code = kExitRefused;
    return std::nullopt;
}

int act(Context& context, const DeliveriesCommand& command) {
    int code = kExitOk;
    const auto id = find_id(context, command, code);
    if (!id) return code;
    std::string params;
    json::Writer(params).begin_object().field("id", *id).end_object();
    const auto payload = ask(context, "deliveries." + command.verb, params, code);
    if (!payload) return code;
    json::Parser parser;
    const auto answer = parser.parse(*payload);
    if (context.wants_json || !answer) {
        print(*payload);
    } else if (command.verb == "retry") {
        print("sending again as " + text_of(*answer, "deliveryId"));
    } else if (command.verb == "drop") {
        print("dropped " + *id);
    } else {
        print(*id + " is " + text_of(*answer, "state"));
    }
    return kExitOk;
}

}  // namespace

int run(Context& context, const DeliveriesCommand& command) {
    return command.verb == "list" ? list(context, command) : act(context, command);
}

}  // namespace gw::cli
