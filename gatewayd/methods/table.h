#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The method table: one row a method, joined here from the nouns' files. A row says what the caller
// must hold at each protocol; the dispatcher enforces it before the handler runs.

#include <span>
#include <string>
#include <string_view>

#include "gatewayd/methods/request.h"
#include "gatewayd/methods/services.h"

namespace gw::methods {

// What a caller must hold.
enum class Need {
    anyone,     // any authenticated connection, operator or node, whatever its scopes
    read,       // operator.read, or write
    write,      // operator.write
    approvals,  // operator.approvals
    pairing,    // operator.pairing
    admin,      // operator.admin
};

struct Method {
    std::string_view name;
    Need need_at_3;
    Need need_at_4;
    bool is_advertised;
    void (*handle)(Services& services, Request& request);
};

// Every row, sorted by name.
std::span<const Method> all_methods();

// The method this caller may call; or nothing, and the request has been answered with why not.
// Order and texts: docs/protocol/frames.md.
const Method* find_permitted(Request& request);

// Calls the method, if it may be called.
void dispatch(Services& services, Request& request);

// The JSON array of hello-ok.features.methods.
const std::string& advertised_methods_json();

}  // namespace gw::methods
