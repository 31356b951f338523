#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// How a libwebsockets context on our loop ends.

#include <memory>

#include "loop/loop.h"

struct lws_context;

namespace gw::net {

// Closes the context's connections. The library does that through the loop and calls back while it
// lasts, so what the callbacks and the protocol table need is kept until the loop has ended; only
// then may the context be freed, by a second call. May be called from inside a callback.
void end_context(loop::Loop& loop, lws_context* context, std::shared_ptr<void> needed);

}  // namespace gw::net
