// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// gatewayd-irc: one account on one IRC network.
//
// What it does. Connects, registers, joins, and passes messages between the network and the core.
//
// What it may touch. Descriptor 3 and one connection to the configured server. With TLS it reads
// the certificates that the system or the configuration names.
//
// What it believes. The core. Nothing a server or a person on it says: lines are parsed
// defensively, and what is put on a line is checked for line breaks first.
//
// How it dies. With the core, or when asked to, after a QUIT. A lost connection is not an end: it
// comes back by itself and reports the gap. What was under way is reported uncertain.

#include "workers/common/run_worker.h"
#include "workers/irc/adapter.h"

int main() {
    return gw::workers::run_worker("irc", [](gw::loop::Loop& loop, gw::workers::Core& core) {
        return std::make_unique<gw::irc::Adapter>(loop, core);
    });
}
