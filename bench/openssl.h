#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the bench needs of cryptography and gatewayd itself does not: the accept key of a WebSocket
// handshake (in gatewayd that is libwebsockets' business) and signing with a device's key.

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace gw::bench {

// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2).
std::string accept_key(std::string_view key);

// A device's Ed25519 identity, made anew.
class DeviceKey {
  public:
    DeviceKey();

    [[nodiscard]] const std::string& id() const { return id_; }                  // hex SHA-256
    [[nodiscard]] const std::string& public_key() const { return public_key_; }  // base64url
    [[nodiscard]] std::string sign(std::string_view text) const;                 // base64url

  private:
    std::shared_ptr<evp_pkey_st> key_;
    std::string id_;
    std::string public_key_;
};

}  // namespace gw::bench
