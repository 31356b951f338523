// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/auth/shared_secret.h"

#include "base/check.h"

namespace gw::auth {

namespace {

struct Wording {
    std::string_view reason;
    std::string_view detail_code;
    std::string_view complaint;
    bool is_token;
};

Wording wording_of(SecretVerdict verdict) {
    switch (verdict) {
        case SecretVerdict::ok: break;
        case SecretVerdict::token_missing:
            return {"token_missing", "AUTH_TOKEN_MISSING", "gateway token missing", true};
        case SecretVerdict::token_mismatch:
            return {"token_mismatch", "AUTH_TOKEN_MISMATCH", "gateway token mismatch", true};
        case SecretVerdict::password_missing:
            return {"password_missing", "AUTH_PASSWORD_MISSING", "gateway password missing", false};
        case SecretVerdict::password_mismatch:
            return {"password_mismatch", "AUTH_PASSWORD_MISMATCH", "gateway password mismatch",
                    false};
    }
    GW_ASSERT(false, "only a refusal has a wording");
}

std::string_view hint(bool is_token, std::string_view client_id, std::string_view client_mode) {
    if (client_mode == "cli") {
        return is_token ? "set gateway.remote.token to match gateway.auth.token"
                        : "set gateway.remote.password to match gateway.auth.password";
    }
    if (client_id == "openclaw-control-ui" || client_mode == "webchat" ||
        client_id == "webchat-ui") {
        return is_token ? "open a tokenized dashboard URL or paste token in Control UI settings"
                        : "enter the password in Control UI settings";
    }
    return is_token ? "provide gateway auth token" : "provide gateway auth password";
}

}  // namespace

SecretVerdict judge(const config::Gateway& gateway, const Offered& offered) {
    const bool is_token = gateway.auth_mode == config::AuthMode::token;
    const std::string_view first = is_token ? offered.token : offered.password;
    const std::string_view second = is_token ? offered.password : offered.token;
    const std::string_view secret = first.empty() ? second : first;
    if (secret.empty()) {
        return is_token ? SecretVerdict::token_missing : SecretVerdict::password_missing;
    }
    const base::Secret& expected = is_token ? gateway.token : gateway.password;
    if (!expected.is_empty() && expected.equals(secret)) return SecretVerdict::ok;
    return is_token ? SecretVerdict::token_mismatch : SecretVerdict::password_mismatch;
}

std::string refusal_message(SecretVerdict verdict, std::string_view client_id,
                            std::string_view client_mode) {
    const Wording wording = wording_of(verdict);
    std::string text = "unauthorized: ";
    text.append(wording.complaint).append(" (");
    text.append(hint(wording.is_token, client_id, client_mode)).append(")");
    return text;
}

std::string_view detail_code_of(SecretVerdict verdict) {
    return wording_of(verdict).detail_code;
}

std::string_view reason_of(SecretVerdict verdict) {
    return wording_of(verdict).reason;
}

}  // namespace gw::auth
