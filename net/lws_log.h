#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What libwebsockets has to say goes to our log, errors only. Private to net/.

namespace gw::net {

void route_library_log();

}  // namespace gw::net
