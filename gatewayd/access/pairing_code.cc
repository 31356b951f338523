// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/access/pairing_code.h"

#include <array>
#include <bit>

#include "base/random.h"

namespace gw::access {

// Any byte's remainder is then as likely as any other.
static_assert(std::has_single_bit(kCodeAlphabet.size()));

std::string new_code() {
    std::array<std::byte, kCodeChars> random;
    base::fill_random(random);
    std::string code;
    for (const std::byte one : random)
        code += kCodeAlphabet[std::to_integer<std::size_t>(one) % kCodeAlphabet.size()];
    return code;
}

std::string canonical_code(std::string_view typed) {
    std::string code;
    for (const char c : typed) {
        if (c == ' ' || c == '\t') continue;
        code += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return code;
}

}  // namespace gw::access
