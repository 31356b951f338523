// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/crypto.h"

#include "base/check.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include <algorithm>
#include <memory>

namespace gw::base {

namespace {

using FieldElement = std::array<unsigned char, 32>;

struct PkeyDeleter {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct MdContextDeleter {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Pkey = std::unique_ptr<EVP_PKEY, PkeyDeleter>;
using MdContext = std::unique_ptr<EVP_MD_CTX, MdContextDeleter>;

const unsigned char* raw(ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// The canonical y coordinates, little-endian, of the eight points of small order: both signs of x
// share one y. Their non-canonical forms are refused by is_canonical.
constexpr FieldElement kSmallOrderY[] = {
    // 0: order 4
    {},
    // 1: the neutral element
    {1},
    // p - 1: order 2
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    // order 8
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    // order 8, its negative
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
};

FieldElement y_of(std::span<const std::byte, 32> point) {
    FieldElement y;
    std::ranges::transform(point, y.begin(),
                           [](std::byte b) { return std::to_integer<unsigned char>(b); });
    y[31] &= 0x7f;  // the top bit is the sign of x
    return y;
}

// True when y < p = 2^255 - 19.
bool is_canonical(const FieldElement& y) {
    if (y[31] != 0x7f || y[0] < 0xed) return true;
    return std::any_of(y.begin() + 1, y.end() - 1, [](unsigned char b) { return b != 0xff; });
}

// Points that an honest signer never makes, and that let one signature pass for many messages.
bool is_acceptable_point(std::span<const std::byte, 32> point) {
    const FieldElement y = y_of(point);
    return is_canonical(y) && std::ranges::find(kSmallOrderY, y) == std::end(kSmallOrderY);
}

// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4) is these bytes and the key, nothing else.
constexpr unsigned char kSpkiPrefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                         0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

std::optional<Ed25519Key> to_key(ByteView bytes) {
    Ed25519Key key;
    if (bytes.size() != key.size()) return std::nullopt;
    std::ranges::copy(bytes, key.begin());
    return key;
}

std::optional<Ed25519Key> find_key_in_pem(std::string_view pem) {
    constexpr std::string_view kHead = "-----BEGIN PUBLIC KEY-----";
    constexpr std::string_view kFoot = "-----END PUBLIC KEY-----";
    if (!pem.starts_with(kHead)) return std::nullopt;
    pem.remove_prefix(kHead.size());
    const std::size_t end = pem.find(kFoot);
    if (end == std::string_view::npos) return std::nullopt;
    if (pem.find_first_not_of("\r\n", end + kFoot.size()) != std::string_view::npos)
        return std::nullopt;
    const std::optional<Bytes> der = find_base64(pem.substr(0, end));
    const ByteView prefix = std::as_bytes(std::span(kSpkiPrefix));
    if (!der || der->size() <= prefix.size()) return std::nullopt;
    if (!std::ranges::equal(ByteView(*der).first(prefix.size()), prefix)) return std::nullopt;
    return to_key(ByteView(*der).subspan(prefix.size()));
}

}  // namespace

Sha256 sha256(ByteView bytes) {
    // Fetched once: looking an algorithm up costs more than digesting a short text.
    static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    GW_ASSERT(digest != nullptr, "libcrypto has SHA-256");
    Sha256 result;
    const int ok =
        EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(result.data()),
                   nullptr, digest, nullptr);
    GW_ASSERT(ok == 1, "digesting memory cannot fail");
    return result;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool ed25519_verify(std::span<const std::byte, 32> public_key, ByteView message,
                    std::span<const std::byte, 64> signature) {
    if (!is_acceptable_point(public_key) || !is_acceptable_point(signature.first<32>()))
        return false;
    const Pkey key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(public_key), public_key.size()));
    const MdContext context(EVP_MD_CTX_new());
    if (!key || !context) return false;
    if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1)
        return false;
    // libcrypto itself refuses S >= L and keys that are no point of the curve.
    return EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message),
                            message.size()) == 1;
}

std::optional<Ed25519Key> find_ed25519_key(std::string_view pem_or_base64) {
    if (pem_or_base64.starts_with("-----")) return find_key_in_pem(pem_or_base64);
    const std::optional<Bytes> raw = find_base64(pem_or_base64);
    return raw ? to_key(*raw) : std::nullopt;
}

}  // namespace gw::base
