#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Shared: what every connection of the front door uses. One per gateway, made by FrontDoor.

#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "gatewayd/config/config.h"
#include "gatewayd/methods/services.h"
#include "gatewayd/server/clients.h"
#include "gatewayd/server/hello.h"

namespace gw::server {

struct HandshakeCounters {
    std::uint64_t admitted = 0;
    std::uint64_t refused = 0;
    std::uint64_t timed_out = 0;
};

struct Shared {
    const config::Config& config;
    const base::Clock& clock;
    methods::Services& services;
    Clients& clients;
    Hello& hello;
    json::Parser parser;     // one message is handled at a time
    std::string scratch;     // where answers are put together
    std::string id_scratch;  // the JSON of the request's id
    HandshakeCounters handshakes;
    std::uint64_t requests = 0;
};

}  // namespace gw::server
