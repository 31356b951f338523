#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the operator, or a test, configured for an echo account. README.md lists the keys.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "proto/core_to_worker.pb.h"
#include "workers/echo/faults.h"

namespace gw::echo {

struct Settings {
    std::string host;
    std::uint16_t port = 0;  // 0: there is no network
    Faults faults;
};

// Errc::invalid_input says which key is wrong and how it is meant.
Result<Settings> read_settings(const proto::Configure& configure);

}  // namespace gw::echo
