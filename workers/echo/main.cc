// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// gatewayd-echo: a channel without a network; the worker to copy.
//
// What it does. Confirms every message it is given, and says back as an inbound message what is
// sent to inject:<peer>. So the whole path can be seen working without an account anywhere, and
// tests and benchmarks have a channel that answers at once.
//
// What it may touch. Descriptor 3. No file, no network.
//
// What it believes. The core. There is nobody else.
//
// How it dies. With the core, when asked to, or by a test's hand; it remembers nothing.

#include "workers/common/run_worker.h"
#include "workers/echo/adapter.h"

int main() {
    return gw::workers::run_worker("echo", [](gw::loop::Loop&, gw::workers::Core& core) {
        return std::make_unique<gw::echo::Adapter>(core);
    });
}
