// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/config/webhook_path.h"

#include <algorithm>

namespace gw::config {

namespace {

constexpr std::size_t kMaxBytes = 256;

// What the gateway answers itself, or keeps for itself, with everything below.
constexpr std::string_view kReserved[] = {
    "/__openclaw__", "/api",    "/assets",  "/health",   "/healthz", "/hooks", "/metrics",
    "/ready",        "/readyz", "/startup", "/startupz", "/tools",   "/ui",    "/v1",
};

bool is_below(std::string_view path, std::string_view other) {
    return path.starts_with(other) && (path.size() == other.size() || path[other.size()] == '/');
}

}  // namespace

std::optional<std::string> find_webhook_path_problem(std::string_view path) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~";
    if (!path.starts_with('/')) return "must begin with /";
    if (path == "/" || path.ends_with('/')) return "must name something and not end with /";
    if (path.size() > kMaxBytes) return "must not be longer than 256 bytes";
    if (path.find_first_not_of(kPlain) != std::string_view::npos) {
        return "may be written with letters, digits and /-._~ only";
    }
    for (const std::string_view twofold : {"//", "/./", "/../"}) {
        if ((std::string(path) + '/').find(twofold) != std::string::npos) {
            return "may not contain //, /. or /..";
        }
    }
    const auto taken = std::find_if(std::begin(kReserved), std::end(kReserved),
                                    [path](auto reserved) { return is_below(path, reserved); });
    if (taken == std::end(kReserved)) return std::nullopt;
    return "is below " + std::string(*taken) + ", which is the gateway's own";
}

}  // namespace gw::config
