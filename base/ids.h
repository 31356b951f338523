#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Identifiers that need no coordination.

#include <string>

namespace gw::base {

// A random UUID, version 4 (RFC 9562 §5.4), lower-case.
std::string new_uuid();

// A UUID version 7 (RFC 9562 §5.7) for wall_ms: sorts by time of making, globally unique.
std::string new_time_ordered_uuid(long long wall_ms);

}  // namespace gw::base
