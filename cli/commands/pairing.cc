// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <cstdio>

#include "base/clock.h"
#include "base/printable.h"
#include "cli/commands/commands.h"

namespace gw::cli {

namespace {

// What strangers call themselves stands last, it may be long; an id that may be somebody else's
// tomorrow is marked. when: the key of a time.
std::vector<Cell> who(json::Value row, std::string_view when, std::int64_t now_ms) {
    const bool is_mutable = flag_of(row, "canBeTakenOver");
    return {text_of(row, "channel"),
            text_of(row, "accountId"),
            text_of(row, "senderId"),
            age(now_ms - number_of(row, when)),
            is_mutable ? Cell("can be taken over", Tone::bad) : Cell(""),
            text_of(row, "senderName")};
}

std::string requests_table(json::Value requests, const Look& look) {
    const std::int64_t now_ms = base::SystemClock().wall_ms();
    std::vector<std::vector<Cell>> rows;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const json::Value request = requests.element(i);
        std::vector<Cell> row = who(request, "createdAt", now_ms);
        row.insert(row.begin(), Cell(text_of(request, "code")));
        rows.push_back(std::move(row));
    }
    return table({"CODE", "CHANNEL", "ACCOUNT", "SENDER", "AGE", "NOTE", "NAME"}, rows, look);
}

std::string senders_table(json::Value senders, const Look& look) {
    const std::int64_t now_ms = base::SystemClock().wall_ms();
    std::vector<std::vector<Cell>> rows;
    for (std::size_t i = 0; i < senders.size(); ++i) {
        const json::Value sender = senders.element(i);
        rows.push_back(who(sender, "approvedAt", now_ms));
    }
    return table({"CHANNEL", "ACCOUNT", "SENDER", "AGE", "NOTE", "NAME"}, rows, look);
}

std::string params_of(const PairingCommand& command) {
    std::string params;
    json::Writer w(params);
    w.begin_object();
    if (!command.channel.empty()) w.field("channel", command.channel);
    if (!command.account.empty()) w.field("accountId", command.account);
    if (!command.what.empty()) {
        w.field(command.verb == "remove" ? "senderId" : "code", command.what);
    }
    w.end_object();
    return params;
}

void print_list(json::Value rows, const std::string& verb, const Look& look) {
    const bool is_empty = !rows.is_array() || rows.size() == 0;
    if (verb == "list") {
        return print(is_empty ? "Nobody asks to be admitted." : requests_table(rows, look));
    }
    print(is_empty ? "Nobody was admitted by pairing." : senders_table(rows, look));
}

void print_approved(json::Value answer) {
    const json::Value sender = member_of(answer, "sender");
    print(base::printable(text_of(sender, "senderId")) + " may write to " +
          text_of(sender, "channel") + " (account " + text_of(sender, "accountId") +
          ") from now on.");
    const std::string warning = text_of(answer, "warning");
    if (!warning.empty()) std::fprintf(stderr, "gatewayctl: mind: %s\n", warning.c_str());
}

void print_answer(json::Value answer, const std::string& verb, const Look& look) {
    if (verb == "list") return print_list(member_of(answer, "requests"), verb, look);
    if (verb == "allowed") return print_list(member_of(answer, "senders"), verb, look);
    if (verb == "approve") return print_approved(answer);
    print(base::printable(text_of(answer, "senderId")) +
          (verb == "remove" ? " is a stranger again." : " was not admitted."));
}

}  // namespace

int run(Context& context, const PairingCommand& command) {
    int code = kExitOk;
    const auto payload = ask(context, "pairing." + command.verb, params_of(command), code);
    if (!payload) return code;
    json::Parser parser;
    const auto answer = parser.parse(*payload);
    if (context.wants_json || !answer) {
        print(*payload);
    } else {
        print_answer(*answer, command.verb, context.look);
    }
    return kExitOk;
}

}  // namespace gw::cli
