// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/lws_context.h"

#include <libwebsockets.h>

#include <utility>

namespace gw::net {

void end_context(loop::Loop& loop, lws_context* context, std::shared_ptr<void> needed) {
    if (context == nullptr) return;
    lws_context_destroy(context);
    loop.at_end([context, needed = std::move(needed)] { lws_context_destroy(context); });
}

}  // namespace gw::net
