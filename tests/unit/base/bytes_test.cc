// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/bytes.h"

#include <doctest/doctest.h>

#include <string>

namespace gw::base {
namespace {

std::string decoded(std::string_view text) {
    const auto bytes = find_base64(text);
    return bytes ? std::string(as_text(*bytes)) : "nothing";
}

TEST_CASE("bytes: hexadecimal is lower-case with two digits a byte") {
    CHECK(to_hex(as_bytes(std::string_view("\x00\x0f\xa5\xff", 4))) == "000fa5ff");
    CHECK(to_hex({}).empty());
}

TEST_CASE("bytes: base64url has no padding and the url alphabet") {
    CHECK(to_base64url(as_bytes("")) == "");
    CHECK(to_base64url(as_bytes("f")) == "Zg");
    CHECK(to_base64url(as_bytes("fo")) == "Zm8");
    CHECK(to_base64url(as_bytes("foo")) == "Zm9v");
    CHECK(to_base64url(as_bytes("\xfb\xff\xfe")) == "-__-");
}

TEST_CASE("bytes: base64 is read in both alphabets, padded or not, across lines") {
    CHECK(decoded("Zg") == "f");
    CHECK(decoded("Zg==") == "f");
    CHECK(decoded("Zm8=") == "fo");
    CHECK(decoded("Zm9v\r\nYmFy\n") == "foobar");
    CHECK(decoded("-__-") == decoded("+//+"));
    CHECK(decoded("") == "");
}

TEST_CASE("bytes: base64 with anything strange is refused whole") {
    CHECK(decoded("Z") == "nothing");      // six bits are no byte
    CHECK(decoded("Zh") == "nothing");     // the spare bits are not zero
    CHECK(decoded("Zg=") == "nothing");    // half a padding
    CHECK(decoded("Zg===") == "nothing");  // too much of it
    CHECK(decoded("Zm9v====") == "nothing");
    CHECK(decoded("Zg==Zg==") == "nothing");  // text behind padding
    CHECK(decoded("Zm 9v") == "nothing");
    CHECK(decoded("Zm9v!") == "nothing");
    CHECK(decoded(std::string_view("Zm9v\0", 5)) == "nothing");
}

TEST_CASE("bytes: what base64url wrote is read back, whatever the length") {
    std::string text;
    for (int i = 0; i < 70; ++i) {
        CHECK(decoded(to_base64url(as_bytes(text))) == text);
        text.push_back(static_cast<char>(i * 37));
    }
}

}  // namespace
}  // namespace gw::base
