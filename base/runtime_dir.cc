// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/runtime_dir.h"

#include <unistd.h>

#include <cstdlib>

namespace gw::base {

namespace {

constexpr const char* kSystemSocket = "/run/gatewayd/control.sock";

// An environment variable's value, or nothing when it is unset or empty.
const char* find_env(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

std::string control_socket_path() {
    for (const char* name : {"GATEWAYD_RUNTIME_DIR", "RUNTIME_DIRECTORY"}) {
        if (const char* directory = find_env(name)) return std::string(directory) + "/control.sock";
    }
    if (::geteuid() == 0) return kSystemSocket;
    if (const char* directory = find_env("XDG_RUNTIME_DIR")) {
        return std::string(directory) + "/gatewayd/control.sock";
    }
    return "/tmp/gatewayd-" + std::to_string(::geteuid()) + "/control.sock";
}

std::string find_control_socket() {
    std::string own = control_socket_path();
    const bool is_chosen = find_env("GATEWAYD_RUNTIME_DIR") != nullptr;
    if (is_chosen || ::access(own.c_str(), F_OK) == 0) return own;
    return ::access(kSystemSocket, F_OK) == 0 ? kSystemSocket : own;
}

}  // namespace gw::base
