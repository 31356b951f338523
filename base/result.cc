// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace gw {

std::string_view name(Errc code) {
    switch (code) {
        case Errc::invalid_input: return "invalid input";
        case Errc::not_found: return "not found";
        case Errc::already_exists: return "already exists";
        case Errc::permission_denied: return "permission denied";
        case Errc::limit_exceeded: return "limit exceeded";
        case Errc::unavailable: return "unavailable";
        case Errc::timed_out: return "timed out";
        case Errc::closed: return "closed";
        case Errc::io: return "io";
        case Errc::corrupt: return "corrupt";
    }
    return "unknown";
}

Error Error::in(std::string_view doing) const {
    std::string text;
    text.reserve(doing.size() + 2 + message.size());
    text.append(doing).append(": ").append(message);
    return Error{code, std::move(text)};
}

std::unexpected<Error> fail_errno(std::string_view doing) {
    return fail_errno(doing, errno);
}

std::unexpected<Error> fail_errno(std::string_view doing, int saved_errno) {
    char buffer[128];
    const char* text = ::strerror_r(saved_errno, buffer, sizeof buffer);
    return std::unexpected(Error{Errc::io, text}.in(doing));
}

}  // namespace gw
