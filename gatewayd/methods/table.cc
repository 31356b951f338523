// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/methods/table.h"

#include <algorithm>
#include <array>

#include "gatewayd/methods/handlers.h"

namespace gw::methods {

namespace {

constexpr auto kMethods = std::to_array<Method>({
    {"agent", Need::write, Need::write, true, handle_agent},
    {"agent.wait", Need::write, Need::write, true, handle_agent_wait},
    {"channels.quarantine", Need::read, Need::read, true, handle_channels_quarantine},
    {"channels.quarantine.drop", Need::admin, Need::admin, true, handle_channels_quarantine_drop},
    {"channels.restart", Need::admin, Need::admin, true, handle_channels_restart},
    {"channels.start", Need::admin, Need::admin, true, handle_channels_start},
    {"channels.status", Need::read, Need::read, true, handle_channels_status},
    {"channels.stop", Need::admin, Need::admin, true, handle_channels_stop},
    {"chat.abort", Need::write, Need::write, true, handle_chat_abort},
    {"chat.history", Need::read, Need::read, true, handle_chat_history},
    {"chat.inject", Need::admin, Need::admin, false, handle_chat_inject},
    {"chat.send", Need::write, Need::write, true, handle_chat_send},
    {"deliveries.cancel", Need::write, Need::write, true, handle_deliveries_cancel},
    {"deliveries.drop", Need::write, Need::write, true, handle_deliveries_drop},
    {"deliveries.list", Need::read, Need::read, true, handle_deliveries_list},
    {"deliveries.retry", Need::write, Need::write, true, handle_deliveries_retry},
    {"health", Need::read, Need::anyone, true, handle_health},
    {"last-heartbeat", Need::read, Need::read, true, handle_last_heartbeat},
    {"logs.tail", Need::read, Need::read, true, handle_logs_tail},
    {"message.action", Need::write, Need::write, true, handle_message_action},
    {"pairing.allowed", Need::pairing, Need::pairing, true, handle_pairing_allowed},
    {"pairing.approve", Need::pairing, Need::pairing, true, handle_pairing_approve},
    {"pairing.list", Need::pairing, Need::pairing, true, handle_pairing_list},
    {"pairing.reject", Need::pairing, Need::pairing, true, handle_pairing_reject},
    {"pairing.remove", Need::admin, Need::admin, true, handle_pairing_remove},
    {"poll", Need::admin, Need::write, false, handle_poll},
    {"send", Need::write, Need::write, true, handle_send},
    {"sessions.list", Need::read, Need::read, true, handle_sessions_list},
    {"status", Need::read, Need::read, true, handle_status},
    {"system-event", Need::admin, Need::admin, true, handle_system_event},
    {"system-presence", Need::read, Need::read, true, handle_system_presence},
});
static_assert(std::ranges::is_sorted(kMethods, {}, &Method::name), "listed in this order");

// Lengths tell most names apart, and cost nothing to compare.
constexpr bool comes_before(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

constexpr auto kByLength = [] {
    auto methods = kMethods;
    std::ranges::sort(methods, comes_before, &Method::name);
    return methods;
}();

const Method* find_method(std::string_view name) {
    const auto it = std::ranges::lower_bound(kByLength, name, comes_before, &Method::name);
    return it != kByLength.end() && it->name == name ? &*it : nullptr;
}

auth::Scope scope_of(Need need) {
    switch (need) {
        case Need::anyone:
        case Need::read: return auth::Scope::read;
        case Need::write: return auth::Scope::write;
        case Need::approvals: return auth::Scope::approvals;
        case Need::pairing: return auth::Scope::pairing;
        case Need::admin: return auth::Scope::admin;
    }
    return auth::Scope::admin;
}

void refuse_scope(Request& request, auth::Scope missing) {
    const std::string scope(auth::name(missing));
    Failure failure;
    failure.code = request.caller().dialect.missing_scope_code();
    failure.message = "missing scope: " + scope;
    failure.details = R"({"code":"MISSING_SCOPE","missingScope":")" + scope +
                      R"(","requiredScopes":[")" + scope + R"("]})";
    request.fail(failure);
}

}  // namespace

std::span<const Method> all_methods() {
    return kMethods;
}

const Method* find_permitted(Request& request) {
    const Caller& caller = request.caller();
    const Method* method = find_method(request.method());
    // An unknown method needs what is given to nobody else, so that names cannot be probed.
    const Need need =
        method == nullptr ? Need::admin : caller.dialect.pick(method->need_at_3, method->need_at_4);
    if (need != Need::anyone) {
        if (caller.role != auth::Role::operator_) {
            request.fail(
                invalid_request("unauthorized role: " + std::string(auth::name(caller.role))));
            return nullptr;
        }
        if (!caller.scopes.allows(scope_of(need))) {
            refuse_scope(request, scope_of(need));
            return nullptr;
        }
    }
    if (method == nullptr) {
        request.fail(invalid_request(request.method() == "connect"
                                         ? "connect is only valid as the first request"
                                         : "unknown method: " + std::string(request.method())));
    }
    return method;
}

void dispatch(Services& services, Request& request) {
    if (const Method* method = find_permitted(request)) method->handle(services, request);
}

const std::string& advertised_methods_json() {
    static const std::string text = [] {
        std::string out;
        json::Writer w(out);
        w.begin_array();
        for (const Method& method : kMethods) {
            if (method.is_advertised) w.value(method.name);
        }
        w.end_array();
        return out;
    }();
    return text;
}

}  // namespace gw::methods
