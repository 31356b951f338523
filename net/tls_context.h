#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What a TlsContext holds, and what a handshake with it came to. Only for sources of this room.

#include <string>

#include "net/openssl.h"
#include "net/tls_stream.h"

namespace gw::net {

struct TlsContext::State {
    SslContextPtr context;
    std::string fingerprint;  // as read_fingerprint gives it
};

// The newest of OpenSSL's errors in its words, or otherwise.
std::string openssl_error(const std::string& otherwise);

// A connection that is to host; nullptr when there is no memory for it.
SslPtr new_client(SSL_CTX* context, const std::string& host, bool is_pinned);

// Whether the server is the one that was meant: nothing to say, or what is wrong and what to do.
Result<void> check_server(SSL* ssl, const std::string& host, const std::string& fingerprint);

// Why a handshake failed.
std::string handshake_problem(SSL* ssl, const std::string& host);

}  // namespace gw::net
