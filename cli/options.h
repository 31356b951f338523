#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The command line of gatewayctl.

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace gw::cli {

struct StatusCommand {};
struct HealthCommand {};
struct LogsCommand {
    bool follows = false;
    int limit = 100;
};
struct CallCommand {
    std::string method;
    std::string params = "{}";  // JSON
};
struct ChannelsCommand {
    std::string verb;  // status, start, stop or restart
    std::string channel;
    std::string account;
};
struct QuarantineCommand {
    std::string verb;  // list, show or drop
    std::int64_t id = 0;
};
struct PairingCommand {
    std::string verb = "list";  // or approve, reject, allowed, remove
    std::string channel;
    std::string account;
    std::string what;  // a code, or of remove a sender's id
};
struct SendCommand {
    std::string channel;
    std::string account;
    std::string to;
    std::string text;
    std::string idempotency_key;  // empty: a new one
};
struct ChatCommand {
    std::string session = "main";
};
struct EventsCommand {
    std::vector<std::string> names;  // empty: all
};
struct DeliveriesCommand {
    std::string verb = "list";  // or retry, drop, cancel
    std::string id;             // whole, or how it ends; of all but list
    std::string state;          // of list: empty is the dead letters
    std::string channel;
    bool includes_settled = false;
    int limit = 50;
};

using Command = std::variant<StatusCommand, HealthCommand, LogsCommand, CallCommand,
                             ChannelsCommand, QuarantineCommand, PairingCommand, SendCommand,
                             ChatCommand, EventsCommand, DeliveriesCommand>;

struct Options {
    Command command;
    std::string socket;  // empty: where this user's gateway has it
    std::chrono::milliseconds timeout{30'000};
    bool wants_json = false;
};

// What main does next: run the options, or print text and exit with code.
struct Parsed {
    Options options;
    bool is_done = false;
    int exit_code = 0;
    std::string text;  // of the help, or what is wrong
};
Parsed parse_options(int argc, char** argv);

}  // namespace gw::cli
