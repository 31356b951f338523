// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// base/random.h once more: what is random comes from the world's seed.

#include "base/random.h"
#include "tests/sim/world.h"

namespace gw::base {

void fill_random(std::span<std::byte> out) {
    for (std::byte& one : out)
        one = static_cast<std::byte>(sim::World::current().random.next() & 0xff);
}

double random_unit() {
    return sim::World::current().random.unit();
}

}  // namespace gw::base
