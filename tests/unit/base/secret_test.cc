// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/secret.h"

#include <doctest/doctest.h>

#include <utility>

namespace gw::base {
namespace {

TEST_CASE("secret: equals only the same bytes") {
    const Secret secret("hunter2");
    CHECK(secret.equals("hunter2"));
    CHECK_FALSE(secret.equals("hunter3"));
    CHECK_FALSE(secret.equals("hunter"));
    CHECK_FALSE(secret.equals("hunter22"));
    CHECK_FALSE(secret.equals(""));
    CHECK(Secret().equals(""));
    CHECK(Secret(std::string_view("a\0b", 3)).equals(std::string_view("a\0b", 3)));
    CHECK_FALSE(Secret(std::string_view("a\0b", 3)).equals(std::string_view("a\0c", 3)));
}

TEST_CASE("secret: what was moved from is empty") {
    Secret from("a secret long enough to live on the heap");
    const Secret to(std::move(from));
    CHECK(to.reveal() == "a secret long enough to live on the heap");
    CHECK(from.is_empty());  // NOLINT(bugprone-use-after-move): that is the claim

    Secret other("x");
    from = Secret("y");
    other = std::move(from);
    CHECK(other.reveal() == "y");
    CHECK(from.is_empty());  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("secret: copies are independent and the masked form tells nothing") {
    Secret first("one");
    Secret second(first);
    first = Secret("two");
    CHECK(second.reveal() == "one");
    second = first;
    CHECK(second.reveal() == "two");
    CHECK(Secret::masked() == "***");
}

}  // namespace
}  // namespace gw::base
