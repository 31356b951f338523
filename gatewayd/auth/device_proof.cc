// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/auth/device_proof.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"

namespace gw::auth {

namespace {

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

void append_lowered(std::string& out, std::string_view text) {
    for (const char c : trim(text)) {
        out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
}

bool verifies(int version, const DeviceClaim& claim, std::span<const std::byte, 32> key,
              std::span<const std::byte, 64> signature) {
    return base::ed25519_verify(key, base::as_bytes(signed_text(version, claim)), signature);
}

}  // namespace

std::string signed_text(int version, const DeviceClaim& claim) {
    std::string text;
    text.reserve(320);
    text += 'v';
    text += static_cast<char>('0' + version);
    const auto add = [&text](std::string_view part) { text.append(1, '|').append(part); };
    add(claim.device_id);
    add(claim.client_id);
    add(claim.client_mode);
    add(claim.role);
    text += '|';
    if (claim.scopes != nullptr) {
        for (std::size_t i = 0; i < claim.scopes->size(); ++i) {
            if (i > 0) text += ',';
            text += (*claim.scopes)[i];
        }
    }
    add(std::to_string(claim.signed_at_ms));
    add(claim.token);
    if (version >= 2) add(claim.nonce.value_or(std::string_view()));
    if (version >= 3) {
        text += '|';
        append_lowered(text, claim.platform);
        text += '|';
        append_lowered(text, claim.device_family);
    }
    return text;
}

DeviceVerdict verify_device(const DeviceClaim& claim, const DeviceRules& rules) {
    const auto key = base::find_ed25519_key(claim.public_key);
    if (!key || base::to_hex(base::sha256(*key)) != claim.device_id) {
        return DeviceVerdict::id_mismatch;
    }
    // Written so that no stated time can overflow.
    if (claim.signed_at_ms < rules.now_ms - rules.max_skew_ms ||
        claim.signed_at_ms > rules.now_ms + rules.max_skew_ms) {
        return DeviceVerdict::signature_expired;
    }
    const std::string_view nonce = trim(claim.nonce.value_or(std::string_view()));
    if (nonce.empty()) {
        if (!rules.may_omit_nonce) return DeviceVerdict::nonce_required;
    } else if (!base::constant_time_equal(nonce, rules.expected_nonce)) {
        return DeviceVerdict::nonce_mismatch;
    }
    const auto signature = base::find_base64(claim.signature);
    if (!signature || signature->size() != 64) return DeviceVerdict::signature_invalid;
    const std::span<const std::byte, 64> bytes(signature->data(), 64);

    DeviceClaim signed_claim = claim;
    signed_claim.nonce = nonce;
    const bool is_good = nonce.empty() ? verifies(1, signed_claim, *key, bytes)
                                       : verifies(3, signed_claim, *key, bytes) ||
                                             verifies(2, signed_claim, *key, bytes);
    return is_good ? DeviceVerdict::ok : DeviceVerdict::signature_invalid;
}

std::string_view message_of(DeviceVerdict verdict) {
    switch (verdict) {
        case DeviceVerdict::ok: break;
        case DeviceVerdict::id_mismatch: return "device identity mismatch";
        case DeviceVerdict::signature_expired: return "device signature expired";
        case DeviceVerdict::nonce_required: return "device nonce required";
        case DeviceVerdict::nonce_mismatch: return "device nonce mismatch";
        case DeviceVerdict::signature_invalid: return "device signature invalid";
    }
    GW_ASSERT(false, "only a refusal has a message");
}

std::string_view detail_code_of(DeviceVerdict verdict) {
    switch (verdict) {
        case DeviceVerdict::ok: break;
        case DeviceVerdict::id_mismatch: return "DEVICE_AUTH_DEVICE_ID_MISMATCH";
        case DeviceVerdict::signature_expired: return "DEVICE_AUTH_SIGNATURE_EXPIRED";
        case DeviceVerdict::nonce_required: return "DEVICE_AUTH_NONCE_REQUIRED";
        case DeviceVerdict::nonce_mismatch: return "DEVICE_AUTH_NONCE_MISMATCH";
        case DeviceVerdict::signature_invalid: return "DEVICE_AUTH_SIGNATURE_INVALID";
    }
    GW_ASSERT(false, "only a refusal has a detail code");
}

}  // namespace gw::auth
