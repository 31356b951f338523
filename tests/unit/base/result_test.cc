// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/result.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <memory>
#include <string>

namespace gw {
namespace {

Result<std::unique_ptr<int>> make(int v) {
    if (v < 0) return fail(Errc::invalid_input, "negative");
    return std::make_unique<int>(v);
}

Result<void> check(int v) {
    if (v > 9) return fail(Errc::limit_exceeded, "too large");
    return {};
}

Result<int> doubled(int v) {
    TRY_VOID(check(v));
    TRY(const auto owned, make(v));
    return 2 * *owned;
}

TEST_CASE("result: TRY hands on values, even those that can only move, and errors unchanged") {
    CHECK(doubled(4) == 8);
    CHECK(doubled(-1).error() == Error{Errc::invalid_input, "negative"});
    CHECK(doubled(10).error() == Error{Errc::limit_exceeded, "too large"});
}

TEST_CASE("result: context goes in front and keeps the code") {
    const Error error{Errc::corrupt, "bad page"};
    CHECK(error.in("opening store") == Error{Errc::corrupt, "opening store: bad page"});
    CHECK(name(Errc::timed_out) == "timed out");
}

TEST_CASE("result: errno becomes its text") {
    const Result<void> failed = fail_errno("open /x", ENOENT);
    CHECK(failed.error() == Error{Errc::io, "open /x: No such file or directory"});
}

}  // namespace
}  // namespace gw
