// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/fd.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <utility>

namespace gw::base {
namespace {

int open_null() {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}

TEST_CASE("fd: a descriptor is closed with its owner") {
    int number = -1;
    {
        const Fd fd(open_null());
        number = fd.get();
        REQUIRE(is_open(number));
    }
    CHECK_FALSE(is_open(number));
}

TEST_CASE("fd: moving hands the descriptor over and closes what was held") {
    Fd first(open_null());
    Fd second(open_null());
    const int kept = first.get();
    const int closed = second.get();
    second = std::move(first);
    CHECK_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): that is the claim
    CHECK(second.get() == kept);
    CHECK(is_open(kept));
    CHECK_FALSE(is_open(closed));
}

TEST_CASE("fd: release gives the descriptor up without closing it") {
    Fd fd(open_null());
    const int number = fd.release();
    CHECK_FALSE(fd.is_open());
    fd.reset();
    REQUIRE(is_open(number));
    fd.reset(number);
    fd.reset();
    CHECK_FALSE(is_open(number));
}

}  // namespace
}  // namespace gw::base
