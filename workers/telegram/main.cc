// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// gatewayd-telegram: one bot on Telegram.
//
// What it does. Asks Telegram's Bot API for the bot's updates, or is sent them, and hands them to
// the core; sends what the core orders.
//
// What it may touch. Descriptor 3, HTTPS connections to the configured Bot API, and the
// certificates that the system trusts. No file of anybody else.
//
// What it believes. The core. Nothing that Telegram or a person on it says: updates are read
// defensively, and a request on the webhook counts only with its secret.
//
// How it dies. With the core, or when asked to, once what is being sent has its answer or 2.5 s are
// over. A lost connection is not an end: it comes back by itself. What was sent without an answer
// is reported uncertain, and never sent again.

#include "workers/common/run_worker.h"
#include "workers/telegram/adapter.h"

int main() {
    return gw::workers::run_worker("telegram", [](gw::loop::Loop& loop, gw::workers::Core& core) {
        return std::make_unique<gw::telegram::Adapter>(loop, core);
    });
}
