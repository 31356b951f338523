#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The commands, one file each. Each returns the exit code.

#include <chrono>
#include <optional>

#include "cli/gateway.h"
#include "cli/options.h"
#include "cli/table.h"

namespace gw::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNotThere = 3;

// What every command needs.
struct Context {
    Gateway& gateway;
    bool wants_json = false;
    Look look;
};

int run(Context& context, const StatusCommand& command);
int run(Context& context, const HealthCommand& command);
int run(Context& context, const LogsCommand& command);
int run(Context& context, const CallCommand& command);
int run(Context& context, const ChannelsCommand& command);
int run(Context& context, const QuarantineCommand& command);
int run(Context& context, const PairingCommand& command);
int run(Context& context, const SendCommand& command);
int run(Context& context, const ChatCommand& command);
int run(Context& context, const EventsCommand& command);
int run(Context& context, const DeliveriesCommand& command);

// Calls; on failure says why on stderr and returns nothing, with the exit code in code.
std::optional<std::string> ask(Context& context, std::string_view method,
                               std::string_view params_json, int& code);

// Prints text and a line end.
void print(std::string_view text);

// Reads of payloads that need not be there.
std::string text_of(json::Value object, std::string_view key);
std::int64_t number_of(json::Value object, std::string_view key);
bool flag_of(json::Value object, std::string_view key);
json::Value member_of(json::Value object, std::string_view key);

// A table of accounts: channel, account, state, pid, restarts, since, what they say.
std::string accounts_table(const std::vector<json::Value>& accounts, const Look& look);
// What the accounts' processes take, how they answer, and what waits for them.
std::string processes_table(const std::vector<json::Value>& accounts, const Look& look);

}  // namespace gw::cli
