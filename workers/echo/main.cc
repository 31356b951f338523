// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// gatewayd-echo: a channel without a network; the worker to copy.
//
// What it does. Confirms every message it is given, and says back as an inbound message what is
// sent to inject:<peer>. So the whole path can be seen working without an account anywhere, and
// tests and benchmarks have a channel that answers at once. For tests it can also be given a server
// to stand in for a network, and be told to do things wrong.
//
// What it may touch. Descriptor 3, and one connection to the server, if one is configured. No file.
//
// What it believes. The core, and what a test asks it to do. What the server says is foreign.
//
// How it dies. With the core, when asked to, or by a test's hand; it remembers nothing.

#include <string_view>

#include "workers/common/run_worker.h"
#include "workers/echo/adapter.h"

namespace {

constexpr std::uint32_t kMaxPollOptions = 4;

// What a worker's network can do must be known before its settings are, so it is the program's name
// that says it: tests link to this program under further names.
gw::proto::Capabilities capabilities_of(std::string_view program) {
    gw::proto::Capabilities capabilities;
    if (program.ends_with("-ids")) capabilities.set_client_id_window_ms(3'600'000);
    capabilities.set_can_look_up(program.ends_with("-history"));
    const bool is_rich = program.ends_with("-rich");
    capabilities.set_max_poll_options(is_rich ? kMaxPollOptions : 0);
    capabilities.set_can_edit(is_rich);
    capabilities.set_can_react(is_rich);
    capabilities.set_can_delete(is_rich);
    capabilities.set_can_show_typing(is_rich);
    return capabilities;
}

}  // namespace

int main(int, char** argv) {
    const std::string_view program = argv[0];
    if (program.ends_with("-replaced")) return gw::echo::live_as_another_build();
    return gw::workers::run_worker(
        "echo", [program](gw::loop::Loop& loop, gw::workers::Core& core) {
            return std::make_unique<gw::echo::Adapter>(loop, core, capabilities_of(program));
        });
}
