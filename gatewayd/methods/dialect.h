#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Dialect: what differs between the protocol numbers that clients speak. Chosen once, at connect;
// method handlers ask it and never look at the number (docs/protocol/handshake.md).

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gatewayd/auth/scopes.h"

namespace gw::methods {

class Dialect {
  public:
    static constexpr int kOldest = 3;
    static constexpr int kNewest = 4;
    static constexpr int kTickIntervalMs = 30'000;

    explicit Dialect(int protocol = kNewest) : protocol_(protocol) {}

    [[nodiscard]] int protocol() const { return protocol_; }

    // The code of "missing scope: …".
    [[nodiscard]] std::string_view missing_scope_code() const {
        return is_old() ? "INVALID_REQUEST" : "FORBIDDEN";
    }
    // Operators without a list of scopes mean all of them.
    [[nodiscard]] bool grants_admin_by_default() const { return is_old(); }
    // Shared secret without a device: the scopes are granted as asked.
    [[nodiscard]] bool trusts_deviceless_clients() const { return is_old(); }
    [[nodiscard]] bool requires_nonce() const { return !is_old(); }
    [[nodiscard]] std::int64_t max_signature_skew_ms() const {
        return is_old() ? 600'000 : 120'000;
    }

    // chat and agent events repeat the session key as the client spelled it, or canonically.
    [[nodiscard]] bool echoes_session_key() const { return is_old(); }
    // An absent restartExpectedMs is written as null.
    [[nodiscard]] bool writes_null_restart() const { return is_old(); }

    // What hello-ok says: protocol 3 the host's name, protocol 4 the boot, the capabilities and
    // always the authentication, and nothing about others to nodes.
    [[nodiscard]] bool names_the_host() const { return is_old(); }
    [[nodiscard]] bool lists_capabilities() const { return !is_old(); }
    [[nodiscard]] bool always_reports_auth() const { return !is_old(); }
    [[nodiscard]] bool hides_state_from_nodes() const { return !is_old(); }

    // What hello-ok promises and the server enforces, in bytes.
    [[nodiscard]] std::size_t max_payload() const { return is_old() ? 524'288 : 26'214'400; }
    [[nodiscard]] std::size_t max_buffered() const { return is_old() ? 1'572'864 : 8'388'608; }

    // The one of two rules that holds here.
    template <typename T>
    [[nodiscard]] T pick(T at_3, T at_4) const {
        return is_old() ? at_3 : at_4;
    }

    bool operator==(const Dialect&) const = default;

  private:
    [[nodiscard]] bool is_old() const { return protocol_ <= 3; }
    int protocol_;
};

}  // namespace gw::methods
