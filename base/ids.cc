// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/ids.h"

#include "base/bytes.h"
#include "base/random.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace gw::base {

namespace {

using Uuid = std::array<std::byte, 16>;

void set_version(Uuid& uuid, unsigned version) {
    uuid[6] = (uuid[6] & std::byte{0x0f}) | static_cast<std::byte>(version << 4);
    uuid[8] = (uuid[8] & std::byte{0x3f}) | std::byte{0x80};  // the variant of RFC 9562
}

std::string to_text(const Uuid& uuid) {
    std::string text = to_hex(uuid);
    for (const std::size_t at : {8U, 13U, 18U, 23U})
        text.insert(at, 1, '-');
    return text;
}

}  // namespace

std::string new_uuid() {
    Uuid uuid;
    fill_random(uuid);
    set_version(uuid, 4);
    return to_text(uuid);
}

std::string new_time_ordered_uuid(long long wall_ms) {
    Uuid uuid;
    fill_random(uuid);
    const auto time = static_cast<std::uint64_t>(wall_ms);
    for (std::size_t i = 0; i < 6; ++i)
        uuid[i] = static_cast<std::byte>(time >> (8 * (5 - i)) & 0xff);
    set_version(uuid, 7);
    return to_text(uuid);
}

}  // namespace gw::base
