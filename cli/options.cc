// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "cli/options.h"

// The only file that includes it: it takes eight seconds to compile.
#include <CLI/CLI.hpp>
#include <optional>
#include <string_view>

#include "cli/version.h"

namespace gw::cli {

namespace {

constexpr int kExitUsage = 2;

// Below `channels`: list by itself, and two verbs.
void add_quarantine(::CLI::App& channels, Options& options, QuarantineCommand& quarantine) {
    auto* parent = channels.add_subcommand(
        "quarantine", "Look at events that crashed their worker and were put aside");
    parent->require_subcommand(0, 1);
    parent->callback([&options, &quarantine, parent] {
        if (!parent->get_subcommands().empty()) return;
        quarantine.verb = "list";
        options.command = quarantine;
    });
    const auto add = [&](const char* verb, const char* help) {
        auto* sub = parent->add_subcommand(verb, help);
        sub->add_option("ID", quarantine.id, "its number in the list")
            ->required()
            ->check(::CLI::PositiveNumber);
        sub->callback([&options, &quarantine, verb] {
            quarantine.verb = verb;
            options.command = quarantine;
        });
    };
    add("show", "Show one event's bytes");
    add("drop", "Forget one event");
}

void add_channels(::CLI::App& app, Options& options, ChannelsCommand& channels,
                  QuarantineCommand& quarantine) {
    auto* parent = app.add_subcommand("channels", "Look at and steer channels");
    parent->require_subcommand(1);
    const auto add = [&](const char* verb, const char* help, bool needs_channel) {
        auto* sub = parent->add_subcommand(verb, help);
        auto* channel = sub->add_option("CHANNEL", channels.channel, "for example irc");
        if (needs_channel) channel->required();
        if (needs_channel) {
            sub->add_option("ACCOUNT", channels.account,
                            "one account; default: all of the channel");
        }
        sub->callback([&options, &channels, verb] {
            channels.verb = verb;
            options.command = channels;
        });
    };
    add("status", "Show every account", false);
    add("start", "Start a channel", true);
    add("stop", "Stop a channel", true);
    add("restart", "Stop a channel and start it again", true);
    add_quarantine(*parent, options, quarantine);
}

void add_deliveries(::CLI::App& app, Options& options, DeliveriesCommand& deliveries) {
    auto* parent = app.add_subcommand("deliveries", "Look at messages that did not arrive");
    parent->require_subcommand(0, 1);
    const auto take = [&options, &deliveries](const char* verb) {
        deliveries.verb = verb;
        options.command = deliveries;
    };
    // Runs before the callback of what follows it on the line.
    parent->parse_complete_callback([take] { take("list"); });
    auto* list = parent->add_subcommand("list", "Show dead letters, or what is in one state");
    list->callback([take] { take("list"); });
    for (auto* place : {parent, list}) {  // the word may be left out
        place->add_option("--state", deliveries.state, "for example queued");
        place->add_option("--channel", deliveries.channel, "for example irc");
        place->add_option("-n,--limit", deliveries.limit, "how many, newest first")
            ->check(::CLI::Range(1, 500));
        place->add_flag("--settled", deliveries.includes_settled, "those retried or dropped, too");
    }
    const auto add = [&](const char* verb, const char* help) {
        auto* sub = parent->add_subcommand(verb, help);
        sub->add_option("ID", deliveries.id, "its id, or how that ends")->required();
        sub->callback([take, verb] { take(verb); });
    };
    add("retry", "Send a dead letter again");
    add("drop", "Take a dead letter off the list");
    add("cancel", "Withdraw what waits to be sent");
}

void add_pairing(::CLI::App& app, Options& options, PairingCommand& pairing) {
    auto* parent = app.add_subcommand("pairing", "Admit strangers who ask to be");
    parent->require_subcommand(1);
    const auto add = [&](const char* verb, const char* help) {
        auto* sub = parent->add_subcommand(verb, help);
        sub->callback([&options, &pairing, verb] {
            pairing.verb = verb;
            options.command = pairing;
        });
        return sub->add_option("CHANNEL", pairing.channel, "for example telegram");
    };
    const auto add_with = [&](const char* verb, const char* help, const char* name,
                              const char* what) {
        add(verb, help)->required();
        parent->get_subcommand(verb)->add_option(name, pairing.what, what)->required();
    };
    add("list", "Show who asks");
    add_with("approve", "Admit whoever was told the code", "CODE", "eight characters, in any case");
    add_with("reject", "Forget a request", "CODE", "eight characters, in any case");
    add("allowed", "Show who was admitted");
    add_with("remove", "Make somebody a stranger again", "SENDER", "the id that `allowed` shows");
    parent->get_subcommand("remove")->add_option("--account", pairing.account, "default: default");
}

void add_send(::CLI::App& app, Options& options, SendCommand& send) {
    auto* sub = app.add_subcommand("send", "Send a message through a channel");
    sub->add_option("--channel", send.channel, "for example irc");
    sub->add_option("--account", send.account, "default: the channel's default account");
    sub->add_option("--to", send.to, "whom: a nick, a chat id, a channel")->required();
    sub->add_option("--idempotency-key", send.idempotency_key,
                    "the same key never sends twice; default: a new one");
    sub->add_option("TEXT", send.text, "the message")->required();
    sub->callback([&options, &send] { options.command = send; });
}

void add_simple(::CLI::App& app, Options& options, LogsCommand& logs, CallCommand& call,
                ChatCommand& chat, EventsCommand& events) {
    app.add_subcommand("status", "Show the gateway, its channels and sessions")
        ->callback([&options] { options.command = StatusCommand{}; });
    app.add_subcommand("health", "Show whether the gateway and its channels are well")
        ->callback([&options] { options.command = HealthCommand{}; });

    auto* sub = app.add_subcommand("logs", "Show what the gateway logged");
    sub->add_flag("-f,--follow", logs.follows, "go on with what comes");
    sub->add_option("-n,--limit", logs.limit, "how many lines to begin with")
        ->check(::CLI::Range(1, 5000));
    sub->callback([&options, &logs] { options.command = logs; });

    sub = app.add_subcommand("call", "Call a method of the gateway");
    sub->add_option("METHOD", call.method, "for example chat.history")->required();
    sub->add_option("JSON", call.params, "its parameters, an object");
    sub->callback([&options, &call] { options.command = call; });

    sub = app.add_subcommand("chat", "Talk with the agent, line by line");
    sub->add_option("--session", chat.session, "session key; default: main");
    sub->callback([&options, &chat] { options.command = chat; });

    sub = app.add_subcommand("events", "Print events as they come");
    sub->add_option("NAME", events.names, "only these, for example chat");
    sub->callback([&options, &events] { options.command = events; });
}

// The word that stands where a command should, if that is what is wrong.
std::optional<std::string> find_unknown_command(const ::CLI::App& app,
                                                const ::CLI::ParseError& error) {
    if (std::string_view(error.what()) != "A subcommand is required") return std::nullopt;
    const auto rest = app.remaining(true);
    if (rest.empty() || rest.front().starts_with('-')) return std::nullopt;
    return rest.front();
}

}  // namespace

Parsed parse_options(int argc, char** argv) {
    Parsed parsed;
    Options& options = parsed.options;
    LogsCommand logs;
    CallCommand call;
    ChannelsCommand channels;
    QuarantineCommand quarantine;
    PairingCommand pairing;
    SendCommand send;
    ChatCommand chat;
    EventsCommand events;
    DeliveriesCommand deliveries;
    std::int64_t timeout_ms = options.timeout.count();

    ::CLI::App app("gatewayctl talks to the gatewayd of this host over its control socket.\n");
    app.name("gatewayctl");
    app.set_version_flag("--version", "gatewayctl " + std::string(kVersion));
    app.require_subcommand(1);
    app.fallthrough();
    app.footer("Exit codes: 0 done; 1 the gateway said no; 2 wrong usage; 3 no gateway there.\n");
    app.add_flag("--json", options.wants_json, "print JSON");
    app.add_option("--socket", options.socket, "path of the control socket");
    app.add_option("--timeout", timeout_ms, "milliseconds to wait for an answer")
        ->check(::CLI::Range(1, 86'400'000));
    add_simple(app, options, logs, call, chat, events);
    add_channels(app, options, channels, quarantine);
    add_deliveries(app, options, deliveries);
    add_pairing(app, options, pairing);
    add_send(app, options, send);
    try {
        app.parse(argc, argv);
    } catch (const ::CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream complaint;
        const bool is_fine = app.exit(error, out, complaint) == 0;
        parsed.is_done = true;
        parsed.exit_code = is_fine ? 0 : kExitUsage;
        parsed.text = is_fine ? out.str() : complaint.str();
        if (const auto word = find_unknown_command(app, error)) {
            parsed.text = "There is no command \"" + *word + "\".\n" +
                          "Run with --help for those that there are.\n";
        }
        return parsed;
    }
    options.timeout = std::chrono::milliseconds(timeout_ms);
    return parsed;
}

}  // namespace gw::cli
