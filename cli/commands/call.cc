// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <cstdio>

#include "base/ids.h"
#include "cli/commands/commands.h"

namespace gw::cli {

int run(Context& context, const CallCommand& command) {
    json::Parser parser;
    const auto params = parser.parse(command.params);
    if (!params) {
        std::fprintf(stderr, "gatewayctl: the parameters are not JSON: %s\n",
                     params.error().message.c_str());
        return kExitUsage;
    }
    int code = kExitOk;
    const auto payload = ask(context, command.method, command.params, code);
    if (payload) print(*payload);
    return code;
}

int run(Context& context, const SendCommand& command) {
    std::string params;
    json::Writer w(params);
    w.begin_object();
    if (!command.channel.empty()) w.field("channel", command.channel);
    if (!command.account.empty()) w.field("accountId", command.account);
    w.field("to", command.to).field("message", command.text);
    w.field("idempotencyKey",
            command.idempotency_key.empty() ? base::new_uuid() : command.idempotency_key);
    w.end_object();
    int code = kExitOk;
    const auto payload = ask(context, "send", params, code);
    if (!payload) return code;
    json::Parser parser;
    const auto sent = parser.parse(*payload);
    if (context.wants_json || !sent) {
        print(*payload);
    } else {
        print("sent over " + text_of(*sent, "channel") + " as " + text_of(*sent, "messageId"));
    }
    return kExitOk;
}

int run(Context& context, const EventsCommand& command) {
    context.gateway.set_on_event([&](std::string_view name, json::Value payload) {
        bool is_wanted = command.names.empty();
        for (const std::string& wanted : command.names)
            is_wanted = is_wanted || wanted == name;
        if (!is_wanted) return;
        if (context.wants_json) {
            std::string line;
            json::Writer(line)
                .begin_object()
                .field("event", name)
                .field("payload", payload)
                .end_object();
            return print(line);
        }
        print(paint(name, Tone::dim, context.look) + ' ' + json::to_string(payload));
    });
    const auto ended = context.gateway.run_until([] { return false; });
    std::fprintf(stderr, "gatewayctl: %s\n", ended.error().message.c_str());
    return kExitNotThere;
}

}  // namespace gw::cli
