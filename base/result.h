#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// How failures of the world travel: Result<T> is std::expected<T, Error>, named once here with the
// two macros that propagate it. Absence is std::optional; our own mistakes are GW_ASSERT.

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace gw {

// What a caller can act on. Few on purpose.
enum class Errc {
    invalid_input,      // the peer, the user or a file said something malformed: tell them, go on
    not_found,          // the named thing does not exist: tell the caller
    already_exists,     // somebody holds it: another instance, a duplicate key
    permission_denied,  // not allowed: tell the caller, never retry by itself
    limit_exceeded,     // a bound was reached: back off, then retry
    unavailable,        // not now: retry later
    timed_out,          // the deadline passed; the effect is unknown
    closed,             // the other side is gone
    io,                 // the operating system said no: the message holds why
    corrupt,            // stored data is not what we wrote: stop and tell the operator
};

// The field's word for a code, as it appears in logs.
std::string_view name(Errc code);

struct Error {
    Errc code = Errc::io;
    std::string message;  // what the operator reads: what failed, where, and why

    // The same error with what was being done put in front: "opening store: …".
    [[nodiscard]] Error in(std::string_view doing) const;

    bool operator==(const Error&) const = default;
};

template <typename T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string message) {
    return std::unexpected(Error{code, std::move(message)});
}

// An Errc::io error with the text of errno, for example fail_errno("open /x").
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view doing);
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view doing, int saved_errno);

}  // namespace gw

#define GW_CONCAT_INNER(a, b) a##b
#define GW_CONCAT(a, b) GW_CONCAT_INNER(a, b)

// TRY(auto row, load(id)): declares row from the Result, or returns its error.
#define TRY(decl, expr)                                                              \
    auto GW_CONCAT(try_result_, __LINE__) = (expr);                                  \
    if (!GW_CONCAT(try_result_, __LINE__))                                           \
        return std::unexpected(std::move(GW_CONCAT(try_result_, __LINE__)).error()); \
    decl = *std::move(GW_CONCAT(try_result_, __LINE__))

// TRY_VOID(check(x)): returns the error, if there is one.
#define TRY_VOID(expr)                                            \
    do {                                                          \
        if (auto try_void_ = (expr); !try_void_)                  \
            return std::unexpected(std::move(try_void_).error()); \
    } while (false)
