#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// messages.*: what counts as a mention in groups.

#include "gatewayd/config/config.h"
#include "gatewayd/config/section.h"

namespace gw::config {

void read_messages(Section section, Config& config);

}  // namespace gw::config
