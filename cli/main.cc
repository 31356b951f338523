// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// gatewayctl: talks to the gatewayd of this host over its control socket.
//
// What it does. One command, one connection, one answer (or a stream of them). What it may touch:
// the socket and the terminal. What it believes: nothing; it shows what the gateway says. How it
// dies: at the end of its command, or with the code that says why not (docs/gatewayctl.md).

#include <csignal>
#include <cstdio>
#include <exception>

#include "base/runtime_dir.h"
#include "cli/commands/commands.h"
#include "cli/gateway.h"
#include "cli/options.h"
#include "loop/loop.h"

namespace {

int run_command(const gw::cli::Options& options) {
    auto loop = gw::loop::Loop::create();
    if (!loop) {
        std::fprintf(stderr, "gatewayctl: %s\n", loop.error().message.c_str());
        return gw::cli::kExitNotThere;
    }
    const std::string socket =
        options.socket.empty() ? gw::base::find_control_socket() : options.socket;
    auto gateway = gw::cli::Gateway::connect(**loop, socket, options.timeout);
    if (!gateway) {
        std::fprintf(stderr, "gatewayctl: %s\n", gateway.error().message.c_str());
        return gateway.error().code == gw::Errc::permission_denied ? gw::cli::kExitRefused
                                                                   : gw::cli::kExitNotThere;
    }
    gw::cli::Context context{**gateway, options.wants_json, gw::cli::look_of_stdout()};
    return std::visit([&context](const auto& command) { return gw::cli::run(context, command); },
                      options.command);
}

}  // namespace

int main(int argc, char** argv) {
    // A reader that has seen enough (… | head) ends us quietly.
    std::signal(SIGPIPE, SIG_DFL);
    try {
        const gw::cli::Parsed parsed = gw::cli::parse_options(argc, argv);
        if (parsed.is_done) {
            std::fputs(parsed.text.c_str(), parsed.exit_code == 0 ? stdout : stderr);
            return parsed.exit_code;
        }
        return run_command(parsed.options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "gatewayctl: %s\n", error.what());
        return gw::cli::kExitRefused;
    }
}
