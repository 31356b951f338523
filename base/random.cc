// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/random.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/check.h"

namespace gw::base {

void fill_random(std::span<std::byte> out) {
    constexpr std::size_t kMaxAtOnce = 256;  // the limit of getentropy
    while (!out.empty()) {
        const std::span<std::byte> part = out.first(std::min(out.size(), kMaxAtOnce));
        const int result = ::getentropy(part.data(), part.size());
        GW_ASSERT(result == 0, "the kernel gives random bytes");
        out = out.subspan(part.size());
    }
}

double random_unit() {
    std::byte bytes[8];
    fill_random(bytes);
    std::uint64_t number = 0;
    std::memcpy(&number, bytes, sizeof number);
    constexpr int kBits = 53;  // what a double holds
    return static_cast<double>(number >> (64 - kBits)) / static_cast<double>(1ULL << kBits);
}

}  // namespace gw::base
