#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Bytes and their text forms. Decoders are strict: what they do not accept, they refuse whole.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gw::base {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) {
    return std::as_bytes(std::span<const char>(text.data(), text.size()));
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Lower-case hexadecimal.
std::string to_hex(ByteView bytes);

// base64url without padding (RFC 4648 §5).
std::string to_base64url(ByteView bytes);

// Accepts base64url and base64, with or without padding; line breaks are skipped. Anything else is
// nothing.
std::optional<Bytes> find_base64(std::string_view text);

}  // namespace gw::base
