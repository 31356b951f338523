#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// hello-ok: what an admitted client learns about the gateway. The parts that do not change are
// written once, at start.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "gatewayd/config/config.h"
#include "gatewayd/observe/health.h"
#include "gatewayd/observe/presence.h"
#include "gatewayd/server/handshake.h"

namespace gw::server {

class Hello {
  public:
    Hello(const config::Config& config, const base::Clock& clock, observe::Presence& presence,
          observe::Health& health);

    // Appends the payload of the connect response.
    void append(std::string& out, const Admission& admission, std::string_view connection_id);

  private:
    void append_snapshot(std::string& out, const Admission& admission);

    const base::Clock& clock_;
    observe::Presence& presence_;
    observe::Health& health_;
    base::SteadyTime started_;
    std::string host_name_;
    std::string boot_id_;
    std::string features_;  // the JSON object
    std::string paths_;     // ,"configPath":…,"stateDir":…
    std::string session_defaults_;
};

// The events this gateway sends, as hello-ok.features.events lists them.
const std::string& advertised_events_json();

}  // namespace gw::server
