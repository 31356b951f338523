#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the port answers besides WebSockets: health checks for supervisors and load balancers, and
// metrics for those who may read.

#include <string_view>

#include "gatewayd/config/config.h"
#include "gatewayd/observe/metrics.h"
#include "net/websocket_server.h"

namespace gw::server {

struct Readiness {
    bool is_started = false;
    bool is_ready = false;
};

net::HttpAnswer answer_http(const net::HttpRequest& request, const config::Gateway& gateway,
                            const Readiness& readiness, const observe::Metrics& metrics);

}  // namespace gw::server
