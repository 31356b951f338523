// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/crypto.h"
#include "base/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace gw::base {
namespace {

template <std::size_t N>
std::array<std::byte, N> from_hex(std::string_view hex) {
    REQUIRE(hex.size() == 2 * N);
    std::array<std::byte, N> bytes;
    for (std::size_t i = 0; i < N; ++i)
        bytes[i] =
            static_cast<std::byte>(std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16));
    return bytes;
}

bool verifies(std::string_view key, std::string_view message, std::string_view signature) {
    return ed25519_verify(from_hex<32>(key), as_bytes(message), from_hex<64>(signature));
}

// The key of the seed 01 02 … 20 and its signature of "hello".
constexpr std::string_view kKey =
    "79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664";
constexpr std::string_view kHello =
    "6970dad564d940df9017a22431bc2d52fae0b56ce07b860fbe3819fe7128653c"
    "cb4ce6c05aef0141e84b1428cc6289fd6e1d5a0941e2005f4dfe534cdbb1990e";

// R is the base point and S is 1: true for every message under a key that vanishes.
constexpr std::string_view kUniversal =
    "5866666666666666666666666666666666666666666666666666666666666666"
    "0100000000000000000000000000000000000000000000000000000000000000";

TEST_CASE("crypto: SHA-256 of known texts") {
    CHECK(to_hex(sha256(as_bytes(""))) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(to_hex(sha256(as_bytes("abc"))) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hex(sha256(from_hex<32>(kKey))) ==
          "65b60673d6ed884bf01c2c222d82ada0740f29ac3355d6a925c81f17f47a27b8");
}

TEST_CASE("crypto: constant-time comparison is comparison") {
    CHECK(constant_time_equal("", ""));
    CHECK(constant_time_equal("abc", "abc"));
    CHECK_FALSE(constant_time_equal("abc", "abd"));
    CHECK_FALSE(constant_time_equal("abc", "ab"));
    CHECK_FALSE(constant_time_equal("", "a"));
}

TEST_CASE("crypto: the signatures of RFC 8032 verify") {
    CHECK(verifies("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                   "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                   "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"));
    CHECK(verifies("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "\x72",
                   "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                   "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
    CHECK(verifies("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "\xaf\x82",
                   "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                   "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"));
    CHECK(verifies(kKey, "hello", kHello));
}

TEST_CASE("crypto: another message, key or a changed bit does not verify") {
    CHECK_FALSE(verifies(kKey, "hellp", kHello));
    CHECK_FALSE(verifies("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                         "hello", kHello));
    for (std::size_t bit = 0; bit < 512; ++bit) {
        auto signature = from_hex<64>(kHello);
        signature[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        REQUIRE_FALSE(ed25519_verify(from_hex<32>(kKey), as_bytes("hello"), signature));
    }
}

TEST_CASE("crypto: S plus the group's order is refused") {
    CHECK_FALSE(verifies(kKey, "hello",
                         "6970dad564d940df9017a22431bc2d52fae0b56ce07b860fbe3819fe7128653c"
                         "b820dc1d75521499bee80bcbaa5c68126f1d5a0941e2005f4dfe534cdbb1991e"));
}

TEST_CASE("crypto: keys of small order verify nothing, however they are written") {
    const std::string_view points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    for (const std::string_view point : points) {
        for (const unsigned sign : {0x00U, 0x80U}) {
            auto key = from_hex<32>(point);
            key[31] ^= static_cast<std::byte>(sign);
            // A verifier without the check takes one message in eight or more of these.
            for (int i = 0; i < 100; ++i)
                REQUIRE_FALSE(
                    ed25519_verify(key, as_bytes(std::to_string(i)), from_hex<64>(kUniversal)));
        }
    }
}

TEST_CASE("crypto: a signature made with an R of small order is refused") {
    CHECK_FALSE(verifies(kKey, "hello",
                         "0100000000000000000000000000000000000000000000000000000000000000"
                         "0dc0519968517342a723dcb4231f64bce2dcca308a51ea7038cf74175a935504"));
}

TEST_CASE("crypto: a public key is read from base64, base64url and PEM") {
    const Ed25519Key key = from_hex<32>(kKey);
    CHECK(find_ed25519_key("ebVWLo_mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQ") == key);
    CHECK(find_ed25519_key("ebVWLo/mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQ=") == key);
    const std::string pem =
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAebVWLo/mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQ=\n"
        "-----END PUBLIC KEY-----\n";
    CHECK(find_ed25519_key(pem) == key);
    std::string crlf = pem;
    for (std::size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2)
        crlf.replace(at, 1, "\r\n");
    CHECK(find_ed25519_key(crlf) == key);
}

TEST_CASE("crypto: other keys and broken PEM are nothing") {
    CHECK_FALSE(find_ed25519_key(""));
    CHECK_FALSE(find_ed25519_key("AAAA"));
    CHECK_FALSE(find_ed25519_key("ebVWLo_mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQAA"));
    CHECK_FALSE(find_ed25519_key("not base64!"));
    CHECK_FALSE(find_ed25519_key("-----BEGIN PUBLIC KEY-----\n"));
    CHECK_FALSE(find_ed25519_key("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"));
    // X25519: the same length, another object identifier.
    CHECK_FALSE(
        find_ed25519_key("-----BEGIN PUBLIC KEY-----\n"
                         "MCowBQYDK2VuAyEAebVWLo/mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQ=\n"
                         "-----END PUBLIC KEY-----\n"));
    CHECK_FALSE(
        find_ed25519_key("-----BEGIN PUBLIC KEY-----\n"
                         "MCowBQYDK2VwAyEAebVWLo/mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQ=\n"
                         "-----END PUBLIC KEY-----\nand more"));
}

TEST_CASE("crypto: random bytes fill all of it and differ") {
    std::array<std::byte, 1000> first{};
    std::array<std::byte, 1000> second{};
    fill_random(first);
    fill_random(second);
    CHECK(first != second);
    CHECK(std::ranges::count(std::span(first).last(100), std::byte{0}) < 20);
}

}  // namespace
}  // namespace gw::base
