// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/server/handshake.h"

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "gatewayd/auth/device_proof.h"
#include "gatewayd/auth/shared_secret.h"

namespace gw::server {

namespace {

using methods::Dialect;
using proto::gateway::ConnectParams;

std::string detail(std::string_view code) {
    std::string out;
    json::Writer(out).begin_object().field("code", code).end_object();
    return out;
}

std::unexpected<Refusal> refuse(std::string message, std::string details = {}) {
    Refusal refusal;
    refusal.message = std::move(message);
    refusal.details = std::move(details);
    return std::unexpected(std::move(refusal));
}

std::unexpected<Refusal> refuse_protocol(const ConnectParams& params) {
    Refusal refusal;
    refusal.message = "protocol mismatch";
    refusal.close_code = 1002;
    json::Writer(refusal.details)
        .begin_object()
        .field("code", "PROTOCOL_MISMATCH")
        .field("clientMinProtocol", params.min_protocol)
        .field("clientMaxProtocol", params.max_protocol)
        .field("expectedProtocol", Dialect::kNewest)
        .field("minimumProbeProtocol", Dialect::kOldest)
        .end_object();
    return std::unexpected(std::move(refusal));
}

std::optional<Dialect> find_dialect(const ConnectParams& params) {
    const std::int64_t highest = std::min<std::int64_t>(params.max_protocol, Dialect::kNewest);
    const std::int64_t lowest = std::max<std::int64_t>(params.min_protocol, Dialect::kOldest);
    if (lowest > highest) return std::nullopt;
    return Dialect(static_cast<int>(highest));
}

std::optional<auth::Role> find_role(const ConnectParams& params) {
    if (!params.role || *params.role == "operator") return auth::Role::operator_;
    if (*params.role == "node") return auth::Role::node;
    return std::nullopt;
}

auth::Offered offered_secrets(const ConnectParams& params) {
    if (!params.auth) return {};
    return {params.auth->token.value_or(std::string_view()),
            params.auth->password.value_or(std::string_view())};
}

// The token that the device signed: the first one the request carries.
std::string_view signed_token(const ConnectParams& params) {
    if (!params.auth) return {};
    for (const auto& token :
         {params.auth->token, params.auth->device_token, params.auth->bootstrap_token}) {
        if (token && !token->empty()) return *token;
    }
    return {};
}

auth::DeviceVerdict verify(const ConnectParams& params, const Remote& remote,
                           const Dialect& dialect, auth::Role role, std::int64_t now_ms) {
    auth::DeviceClaim claim;
    claim.device_id = params.device->id;
    claim.public_key = params.device->public_key;
    claim.signature = params.device->signature;
    claim.signed_at_ms = params.device->signed_at;
    claim.nonce = params.device->nonce;
    claim.client_id = name(params.client.id);
    claim.client_mode = name(params.client.mode);
    claim.role = auth::name(role);
    claim.scopes = &params.scopes;
    claim.token = signed_token(params);
    claim.platform = params.client.platform;
    claim.device_family = params.client.device_family.value_or(std::string_view());

    auth::DeviceRules rules;
    rules.expected_nonce = remote.nonce;
    rules.now_ms = now_ms;
    rules.max_skew_ms = dialect.max_signature_skew_ms();
    rules.may_omit_nonce = remote.is_local && !dialect.requires_nonce();
    return auth::verify_device(claim, rules);
}

std::unexpected<Refusal> refuse_secret(auth::SecretVerdict verdict, const ConnectParams& params) {
    std::string details;
    json::Writer(details)
        .begin_object()
        .field("code", auth::detail_code_of(verdict))
        .field("authReason", auth::reason_of(verdict))
        .field("canRetryWithDeviceToken", false)
        .field("recommendedNextStep", "update_auth_configuration")
        .end_object();
    return refuse(auth::refusal_message(verdict, name(params.client.id), name(params.client.mode)),
                  std::move(details));
}

// Clients that stand for the host's own programs keep what they ask for without a device.
bool keeps_scopes_without_device(const ConnectParams& params, const Remote& remote) {
    if (!remote.is_local) return false;
    const std::string_view id = name(params.client.id);
    const std::string_view mode = name(params.client.mode);
    return (id == "cli" && mode == "cli") || (id == "gateway-client" && mode == "backend");
}

void grant_scopes(const ConnectParams& params, const Remote& remote, Admission& admission) {
    admission.scope_names = params.scopes;
    if (admission.role == auth::Role::node) {
        // A node's requested scopes are kept for show; none of them allows anything.
        return;
    }
    if (admission.scope_names.empty() && admission.dialect.grants_admin_by_default()) {
        admission.scope_names.push_back(auth::name(auth::Scope::admin));
    }
    const bool is_trusted = params.device || remote.is_control ||
                            admission.dialect.trusts_deviceless_clients() ||
                            keeps_scopes_without_device(params, remote);
    if (!is_trusted) admission.scope_names.clear();
    admission.scopes = auth::Scopes::from(admission.scope_names);
}

}  // namespace

std::expected<Admission, Refusal> decide(const ConnectParams& params, const Remote& remote,
                                         const config::Gateway& gateway, std::int64_t now_ms) {
    const auto dialect = find_dialect(params);
    if (!dialect) return refuse_protocol(params);
    const auto role = find_role(params);
    if (!role) return refuse("invalid role");

    const auth::Offered offered = offered_secrets(params);
    if (!params.device && !remote.is_control) {
        if (name(params.client.id).ends_with("-control-ui")) {
            return refuse("control ui requires HTTPS or localhost (secure context)",
                          detail("CONTROL_UI_DEVICE_IDENTITY_REQUIRED"));
        }
        if (offered.is_empty()) {
            auto refusal = refuse("device identity required", detail("DEVICE_IDENTITY_REQUIRED"));
            refusal.error().code = "NOT_PAIRED";
            return refusal;
        }
    }
    if (params.device) {
        const auth::DeviceVerdict verdict = verify(params, remote, *dialect, *role, now_ms);
        if (verdict != auth::DeviceVerdict::ok) {
            return refuse(std::string(auth::message_of(verdict)),
                          detail(auth::detail_code_of(verdict)));
        }
    }
    Admission admission;
    admission.dialect = *dialect;
    admission.role = *role;
    if (remote.is_control) {
        admission.auth_method = "none";
    } else {
        const auth::SecretVerdict verdict = auth::judge(gateway, offered);
        if (verdict != auth::SecretVerdict::ok) return refuse_secret(verdict, params);
        admission.auth_method = gateway.auth_mode == config::AuthMode::token ? "token" : "password";
    }
    grant_scopes(params, remote, admission);
    return admission;
}

}  // namespace gw::server
