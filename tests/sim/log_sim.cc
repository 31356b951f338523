// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// base/log.h once more: what core and workers log is part of the history, and shown with it.

#include "base/log.h"
#include "tests/sim/world.h"

namespace gw::log {

void write(Level, std::string_view room, std::string_view message,
           std::initializer_list<Field> fields) {
    const sim::World& world = sim::World::current();
    if (!world.is_verbose) return;
    std::string line(room);
    line.append(": ").append(message);
    for (const Field& field : fields)
        line.append(" ").append(field.key).append("=").append(field.text);
    world.note(line);
}

}  // namespace gw::log
