// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <cstdio>

#include "cli/commands/commands.h"

namespace gw::cli {

int run(Context& context, const ChannelsCommand& command) {
    std::string params;
    json::Writer w(params);
    w.begin_object();
    if (!command.channel.empty()) w.field("channel", command.channel);
    if (!command.account.empty()) w.field("accountId", command.account);
    w.end_object();
    int code = kExitOk;
    const auto payload = ask(context, "channels." + command.verb, params, code);
    if (!payload) return code;
    json::Parser parser;
    const auto answer = parser.parse(*payload);
    if (context.wants_json || !answer) {
        print(*payload);
        return kExitOk;
    }
    std::vector<json::Value> accounts;
    const auto add_all = [&accounts](json::Value list) {
        for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
            accounts.push_back(list.element(i));
        }
    };
    add_all(member_of(*answer, "accounts"));
    if (const json::Value by_channel = member_of(*answer, "channelAccounts");
        by_channel.is_object()) {
        for (const auto channel : by_channel.members())
            add_all(channel.value());
    }
    if (accounts.empty() && !command.channel.empty()) {
        std::fprintf(stderr, "gatewayctl: no channel %s is configured\n", command.channel.c_str());
        return kExitRefused;
    }
    if (accounts.empty()) {
        print("No channel is configured.");
        return kExitOk;
    }
    print(accounts_table(accounts, context.look));
    if (command.verb == "status") print('\n' + processes_table(accounts, context.look));
    return kExitOk;
}

}  // namespace gw::cli
