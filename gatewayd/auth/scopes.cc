// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/auth/scopes.h"

namespace gw::auth {

namespace {
constexpr Scope kAll[] = {Scope::read, Scope::write, Scope::approvals, Scope::pairing,
                          Scope::admin};
}  // namespace

std::string_view name(Role role) {
    switch (role) {
        case Role::operator_: return "operator";
        case Role::node: return "node";
    }
    return "operator";
}

std::string_view name(Scope scope) {
    switch (scope) {
        case Scope::read: return "operator.read";
        case Scope::write: return "operator.write";
        case Scope::approvals: return "operator.approvals";
        case Scope::pairing: return "operator.pairing";
        case Scope::admin: return "operator.admin";
    }
    return "operator.admin";
}

Scopes Scopes::from(const std::vector<std::string_view>& names) {
    Scopes scopes;
    for (const std::string_view text : names) {
        for (const Scope scope : kAll) {
            if (text == name(scope)) scopes.add(scope);
        }
    }
    return scopes;
}

}  // namespace gw::auth
