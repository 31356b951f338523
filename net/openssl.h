#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// OpenSSL's objects with their owners. Only for sources of this room.

#include <openssl/ssl.h>

#include <memory>

namespace gw::net {

struct OpensslDeleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using SslContextPtr = std::unique_ptr<SSL_CTX, OpensslDeleter>;
using SslPtr = std::unique_ptr<SSL, OpensslDeleter>;
using CertificatePtr = std::unique_ptr<X509, OpensslDeleter>;

}  // namespace gw::net
