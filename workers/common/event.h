#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Event: something that came in from the network and is not parsed yet, as an adapter hands it to
// Core::take_event.

#include <string>

namespace gw::workers {

struct Event {
    // The provider's, 1 to 512 bytes. Empty where the network has none: one is made, which never
    // comes again.
    std::string id;
    // Where to resume when this event and all before it are durable; may be empty.
    std::string cursor;
    std::string raw;  // as it came
};

// What take_event asks of the adapter: at read_less it stops reading from its network until
// on_room.
enum class Flow { go_on, read_less };

}  // namespace gw::workers
