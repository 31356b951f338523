#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Event: one thing told to many clients. Serialised once; what differs per connection is its
// number, patched in behind the shared text (docs/protocol/events.md).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gw::server {

// Who gets it.
enum class Audience {
    everyone,   // any authenticated connection, nodes too
    readers,    // operators that may read
    approvers,  // operators with operator.approvals
    pairers,    // operators with operator.pairing
};

// What happens to a client whose output has piled up.
enum class WhenSlow { drop, close };

struct StateVersion {
    std::uint64_t presence = 0;
    std::uint64_t health = 0;
};

struct Event {
    std::string_view name;  // a literal
    Audience audience = Audience::everyone;
    WhenSlow when_slow = WhenSlow::drop;
    std::string payload;       // JSON
    std::string payload_at_3;  // JSON, when protocol 3 gets another one
    std::optional<StateVersion> version;
};

}  // namespace gw::server
