// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "cli/commands/commands.h"

namespace gw::cli {

namespace {

std::vector<json::Value> elements_of(json::Value array) {
    std::vector<json::Value> list;
    for (std::size_t i = 0; array.is_array() && i < array.size(); ++i) {
        list.push_back(array.element(i));
    }
    return list;
}

std::string sessions_table(json::Value sessions, const Look& look) {
    std::vector<std::vector<Cell>> rows;
    for (const json::Value session : elements_of(member_of(sessions, "recent"))) {
        rows.push_back({text_of(session, "key"), text_of(session, "kind"),
                        age(number_of(session, "age")) + " ago"});
    }
    return table({"SESSION", "KIND", "USED"}, rows, look);
}

}  // namespace

int run(Context& context, const StatusCommand&) {
    int code = kExitOk;
    const auto payload = ask(context, "status", "{}", code);
    if (!payload) return code;
    if (context.wants_json) {
        print(*payload);
        return kExitOk;
    }
    json::Parser parser;
    const auto status = parser.parse(*payload);
    if (!status) return kExitRefused;
    const Look& look = context.look;
    std::string out = "gatewayd " + text_of(*status, "runtimeVersion") + " is running\n\n";
    const auto workers = elements_of(member_of(*status, "workers"));
    if (workers.empty()) {
        out += "No channel is configured. docs/configuration.md shows how.\n";
    } else {
        out += accounts_table(workers, look);
        if (!flag_of(*status, "workersSandboxed")) {
            out += paint("Workers are not sandboxed yet.", Tone::dim, look) + '\n';
        }
    }
    const json::Value sessions = member_of(*status, "sessions");
    const std::int64_t count = number_of(sessions, "count");
    out += '\n';
    out += count == 0 ? "No session yet.\n" : sessions_table(sessions, look);
    if (count > 10) out += "… " + std::to_string(count) + " sessions in all\n";
    print(out);
    return kExitOk;
}

int run(Context& context, const HealthCommand&) {
    int code = kExitOk;
    const auto payload = ask(context, "health", R"({"probe":true})", code);
    if (!payload) return code;
    if (context.wants_json) {
        print(*payload);
        return kExitOk;
    }
    json::Parser parser;
    const auto health = parser.parse(*payload);
    if (!health) return kExitRefused;
    std::vector<std::vector<Cell>> rows;
    rows.push_back({"gateway", Cell("ok", Tone::good), ""});
    const json::Value channels = member_of(*health, "channels");
    for (const json::Value id : elements_of(member_of(*health, "channelOrder"))) {
        const json::Value accounts = member_of(member_of(channels, id.string()), "accounts");
        if (!accounts.is_object()) continue;
        for (const auto member : accounts.members()) {
            const json::Value account = member.value();
            const bool is_well = flag_of(account, "connected");
            rows.push_back(
                {std::string(id.string()) + '/' + std::string(member.key),
                 is_well ? Cell("ok", Tone::good) : Cell(text_of(account, "state"), Tone::bad),
                 text_of(account, "detail")});
        }
    }
    print(table({"PART", "HEALTH", "DETAIL"}, rows, context.look));
    return kExitOk;
}

}  // namespace gw::cli
