// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/auth/locality.h"

#include <algorithm>

namespace gw::auth {

namespace {

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

bool is_loopback_name(std::string_view host) {
    return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

std::string origin_of(std::string_view scheme, std::string_view host, std::uint16_t port) {
    std::string out(scheme);
    out += "://";
    const bool is_ipv6 = host.find(':') != std::string_view::npos;
    out += is_ipv6 ? '[' + std::string(host) + ']' : std::string(host);
    return out + ':' + std::to_string(port);
}

}  // namespace

bool is_loopback(std::string_view address) {
    return address == "::1" || address.starts_with("127.");
}

std::string host_name(std::string_view header) {
    std::string_view host = header;
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        return lowered(host.substr(1, end == std::string_view::npos ? end : end - 1));
    }
    // One colon separates a port; more make it a bare IPv6 address.
    const std::size_t colon = host.find(':');
    if (colon != std::string_view::npos && host.find(':', colon + 1) == std::string_view::npos) {
        host = host.substr(0, colon);
    }
    return lowered(host);
}

bool is_local(const net::HttpRequest& request) {
    if (request.peer.via == net::Peer::Via::control) return true;
    if (!is_loopback(request.peer.address)) return false;
    const auto host = request.find_header("host");
    if (!host || !is_loopback_name(host_name(*host))) return false;
    for (const char* name : {"x-forwarded-for", "x-real-ip", "x-forwarded-host", "forwarded"}) {
        if (request.find_header(name)) return false;
    }
    return true;
}

bool is_origin_allowed(const std::optional<std::string>& origin, const OriginRules& rules) {
    if (!origin) return true;
    const std::string wanted = lowered(*origin);
    if (rules.allowed != nullptr) {
        for (const std::string& allowed : *rules.allowed) {
            if (lowered(allowed) == wanted) return true;
        }
    }
    for (const std::string_view scheme : {"http", "https"}) {
        for (const std::string_view host : {"127.0.0.1", "localhost", "::1"}) {
            if (wanted == origin_of(scheme, host, rules.port)) return true;
        }
        if (wanted == origin_of(scheme, rules.bind_address, rules.port)) return true;
    }
    return false;
}

}  // namespace gw::auth
