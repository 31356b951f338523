// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "bench/openssl.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"

namespace gw::bench {

std::string accept_key(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, 20> digest{};
    unsigned size = 0;
    const int done =
        ::EVP_Digest(text.data(), text.size(), digest.data(), &size, ::EVP_sha1(), nullptr);
    GW_ASSERT(done == 1, "libcrypto has SHA-1");
    std::array<unsigned char, 29> base64{};
    ::EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
    return reinterpret_cast<const char*>(base64.data());
}

DeviceKey::DeviceKey() {
    key_ = {::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), ::EVP_PKEY_free};
    GW_ASSERT(key_ != nullptr, "libcrypto has Ed25519");
    std::array<std::byte, 32> raw{};
    std::size_t size = raw.size();
    ::EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
    public_key_ = base::to_base64url(raw);
    id_ = base::to_hex(base::sha256(raw));
}

std::string DeviceKey::sign(std::string_view text) const {
    std::array<std::byte, 64> signature{};
    std::size_t size = signature.size();
    const std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context(::EVP_MD_CTX_new(),
                                                                            ::EVP_MD_CTX_free);
    ::EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
    ::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return base::to_base64url(signature);
}

}  // namespace gw::bench
