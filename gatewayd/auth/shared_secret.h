#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The shared secret: one token or password that every client of the gateway may know.

#include <optional>
#include <string>
#include <string_view>

#include "gatewayd/config/config.h"

namespace gw::auth {

enum class SecretVerdict { ok, token_missing, token_mismatch, password_missing, password_mismatch };

// What a client offered. The mode of the gateway decides which secret is meant, not the field: a
// token sent as password is judged as the token.
struct Offered {
    std::string_view token;
    std::string_view password;
    [[nodiscard]] bool is_empty() const { return token.empty() && password.empty(); }
};

SecretVerdict judge(const config::Gateway& gateway, const Offered& offered);

// The whole message of a refusal: "unauthorized: gateway token mismatch (…)", with the hint that
// fits the client. Not for ok.
std::string refusal_message(SecretVerdict verdict, std::string_view client_id,
                            std::string_view client_mode);
std::string_view detail_code_of(SecretVerdict verdict);
// The reason's name in details.authReason.
std::string_view reason_of(SecretVerdict verdict);

}  // namespace gw::auth
