#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The cryptography the project needs, over OpenSSL's libcrypto: digests, constant-time comparison,
// Ed25519 verification. No protocol lives here.

#include "base/bytes.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace gw::base {

using Sha256 = std::array<std::byte, 32>;
using Ed25519Key = std::array<std::byte, 32>;  // a public key

Sha256 sha256(ByteView data);

// True when both are the same bytes. The time depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

// RFC 8032 §5.1.7, strict: keys and R of small order and non-canonical encodings are refused, so a
// signature that one strict verifier takes is taken by all of them.
bool ed25519_verify(std::span<const std::byte, 32> public_key, ByteView message,
                    std::span<const std::byte, 64> signature);

// A public key as its 32 bytes in base64url or base64, or as PEM ("BEGIN PUBLIC KEY", RFC 8410).
// Anything else, keys of other algorithms included, is nothing.
std::optional<Ed25519Key> find_ed25519_key(std::string_view pem_or_base64);

}  // namespace gw::base
