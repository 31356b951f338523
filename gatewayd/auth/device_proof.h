#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Device proof: a client shows that it holds the private key of its device id by signing the
// connect request. Three generations of the signed text exist (docs/protocol/handshake.md); which
// one a client uses says nothing about the protocol number it speaks, so all are tried.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gw::auth {

// The values that were signed, as the connect request states them.
struct DeviceClaim {
    std::string_view device_id;
    std::string_view public_key;  // raw 32 bytes in base64url, or PEM
    std::string_view signature;
    std::int64_t signed_at_ms = 0;
    std::optional<std::string_view> nonce;
    std::string_view client_id;
    std::string_view client_mode;
    std::string_view role;                                  // after its default
    const std::vector<std::string_view>* scopes = nullptr;  // as requested, in order
    std::string_view token;  // token, else deviceToken, else bootstrapToken
    std::string_view platform;
    std::string_view device_family;
};

// What the connection allows.
struct DeviceRules {
    std::string_view expected_nonce;  // the challenge's
    std::int64_t now_ms = 0;
    std::int64_t max_skew_ms = 600'000;
    bool may_omit_nonce = false;  // a local client at protocol 3
};

enum class DeviceVerdict {
    ok,
    id_mismatch,
    signature_expired,
    nonce_required,
    nonce_mismatch,
    signature_invalid,
};

// The checks in their documented order; the first that fails is the verdict.
DeviceVerdict verify_device(const DeviceClaim& claim, const DeviceRules& rules);

// The message and the details.code of a refusal, common to all protocols. Not for ok.
std::string_view message_of(DeviceVerdict verdict);
std::string_view detail_code_of(DeviceVerdict verdict);

// The text that version 1, 2 or 3 signs; for tests and for clients of ours.
std::string signed_text(int version, const DeviceClaim& claim);

}  // namespace gw::auth
