#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Roles and scopes: what a client may do. Operators hold scopes; nodes hold none. admin holds all
// others, write holds read.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gw::auth {

enum class Role : std::uint8_t { operator_, node };
std::string_view name(Role role);

enum class Scope : std::uint8_t { read, write, approvals, pairing, admin };
// "operator.read"
std::string_view name(Scope scope);

// A set of scopes. Strings that name none of ours grant nothing.
class Scopes {
  public:
    Scopes() = default;
    static Scopes from(const std::vector<std::string_view>& names);

    void add(Scope scope) { bits_ |= bit(scope); }
    [[nodiscard]] bool allows(Scope needed) const {
        if ((bits_ & bit(Scope::admin)) != 0) return true;
        if (needed == Scope::read && (bits_ & bit(Scope::write)) != 0) return true;
        return (bits_ & bit(needed)) != 0;
    }
    [[nodiscard]] bool is_empty() const { return bits_ == 0; }

  private:
    static std::uint8_t bit(Scope scope) {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(scope));
    }
    std::uint8_t bits_ = 0;
};

}  // namespace gw::auth
