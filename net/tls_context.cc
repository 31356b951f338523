// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/crypto.h"

namespace gw::net {

namespace {

constexpr std::size_t kFingerprintDigits = 64;

// Mozilla's "intermediate" list: forward secrecy and authenticated encryption only.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM";

bool is_address(const std::string& host) {
    std::array<unsigned char, 16> buffer{};
    return ::inet_pton(AF_INET, host.c_str(), buffer.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), buffer.data()) == 1;
}

std::string fingerprint_of(SSL* ssl) {
    const CertificatePtr certificate(SSL_get1_peer_certificate(ssl));
    std::array<unsigned char, 32> digest{};
    unsigned int size = 0;
    if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) {
        return {};
    }
    return base::to_hex(std::as_bytes(std::span(digest)));
}

Result<void> use_authorities(SSL_CTX* context, const std::string& ca_file) {
    if (ca_file.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
        return fail(Errc::io, openssl_error("the system's certificate authorities"));
    }
    if (SSL_CTX_load_verify_file(context, ca_file.c_str()) == 1) return {};
    return fail(Errc::invalid_input,
                "caFile " + ca_file + " cannot be used: " + openssl_error("no certificate in it"));
}

// Nobody is there to type a password: a key that needs one is refused.
int no_password(char*, int, int, void*) {
    return 0;
}

Result<void> use_certificate(SSL_CTX* context, const TlsOptions& options) {
    SSL_CTX_set_default_passwd_cb(context, no_password);
    const std::string& certificate = options.certificate_file;
    if (certificate.empty()) return {};
    if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
        return fail(Errc::invalid_input, "certFile " + certificate + " cannot be used: " +
                                             openssl_error("no certificate in it"));
    }
    const std::string& key = options.key_file.empty() ? certificate : options.key_file;
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return fail(Errc::invalid_input,
                    "keyFile " + key + " cannot be used: " + openssl_error("no key in it"));
    }
    return {};
}

}  // namespace

std::string openssl_error(const std::string& otherwise) {
    const unsigned long code = ERR_peek_error();
    ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? otherwise : reason;
}

Result<std::string> read_fingerprint(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (c == ':') continue;
        const char low = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        if ((low < '0' || low > '9') && (low < 'a' || low > 'f')) break;
        digits.push_back(low);
    }
    const bool has_rest = text.find_first_not_of("0123456789abcdefABCDEF:") != std::string::npos;
    if (has_rest || digits.size() != kFingerprintDigits) {
        return fail(Errc::invalid_input, "must be a SHA-256 fingerprint of 64 hex digits");
    }
    return digits;
}

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::create(const TlsOptions& options) {
    ERR_clear_error();
    auto state = std::make_unique<State>();
    state->context.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = state->context.get();
    if (context == nullptr) return fail(Errc::io, openssl_error("TLS is not to be had"));
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, kCiphers) != 1) {
        return fail(Errc::io, openssl_error("TLS 1.2 is not to be had"));
    }
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Many servers close without a goodbye; whoever needs to know where a text ends says so in it.
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (!options.fingerprint.empty()) {
        TRY(state->fingerprint, read_fingerprint(options.fingerprint));
    } else {
        TRY_VOID(use_authorities(context, options.ca_file));
    }
    TRY_VOID(use_certificate(context, options));
    return std::unique_ptr<TlsContext>(new TlsContext(std::move(state)));
}

SslPtr new_client(SSL_CTX* context, const std::string& host, bool is_pinned) {
    SslPtr ssl(SSL_new(context));
    if (!ssl) return ssl;
    SSL_set_connect_state(ssl.get());
    if (is_address(host)) {
        if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str()) != 1) {
            return nullptr;
        }
    } else {
        SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        if (SSL_set1_host(ssl.get(), host.c_str()) != 1 ||
            SSL_set_tlsext_host_name(ssl.get(), host.c_str()) != 1) {
            return nullptr;
        }
    }
    SSL_set_verify(ssl.get(), is_pinned ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    return ssl;
}

Result<void> check_server(SSL* ssl, const std::string& host, const std::string& fingerprint) {
    if (fingerprint.empty()) return {};
    const std::string shown = fingerprint_of(ssl);
    if (base::constant_time_equal(shown, fingerprint)) return {};
    return fail(Errc::permission_denied,
                "the certificate of " + host + " is not the pinned one: its fingerprint is " +
                    shown + "; correct tls.fingerprint if the server was given a new one");
}

std::string handshake_problem(SSL* ssl, const std::string& host) {
    const long verdict = SSL_get_verify_result(ssl);
    const std::string error = openssl_error("the server speaks no TLS that is safe");
    if (verdict == X509_V_OK || SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE) {
        return "TLS with " + host + " failed: " + error;
    }
    const std::string certificate = "the certificate of " + host;
    switch (verdict) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH: return "certificate does not match host " + host;
        case X509_V_ERR_CERT_HAS_EXPIRED: return certificate + " has expired";
        case X509_V_ERR_CERT_NOT_YET_VALID: return certificate + " is not valid yet";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return certificate +
                   " is of an unknown authority: set tls.caFile to that authority's certificate, "
                   "or "
                   "tls.fingerprint to the server's";
        default: return certificate + " is refused: " + X509_verify_cert_error_string(verdict);
    }
}

}  // namespace gw::net
