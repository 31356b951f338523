#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Disk: the database as it stands on the disk of a simulated machine, which outlives the core. What
// a Store (store_sim.cc) has committed is in it, what it had only been asked for is not.

#include <cstdint>

#include "store/database.h"

namespace gw::sim {

class Disk {
  public:
    // Empties the tables: the disk of a new machine. Made once, since migrating takes longer than a
    // history.
    static void format();
    static store::Database& database();

    // Of a hundred commits, how many fail; and how many take as long as a sick disk does.
    static void set_faults(double failing, double slow);
    static bool fails();
    // How often it did since it was formatted.
    static std::uint64_t failures();
    static bool is_slow();
};

}  // namespace gw::sim
