#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Everything random comes from here, so that the simulation can put its seed in this file's place.

#include <cstddef>
#include <span>

namespace gw::base {

// Fills from the kernel's generator. Cannot fail after boot.
void fill_random(std::span<std::byte> out);

// Even between 0 and 1, 1 excluded: for spreading delays.
double random_unit();

}  // namespace gw::base
