#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// TLS for clients: a context with what an account trusts, and streams that have loop::Stream's
// shape with TLS 1.2 or 1.3 below. Used by workers; the core speaks no TLS.

#include <chrono>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "loop/loop.h"
#include "loop/stream.h"

namespace gw::net {

struct TlsOptions {
    std::string ca_file{};      // PEM, instead of the system's authorities; empty: those
    std::string fingerprint{};  // SHA-256 of the one certificate that is believed, 64 hex digits,
                                // then neither authority, name nor date matter; empty: they do
    std::string certificate_file{};  // our own certificate with its chain, PEM; empty: none
    std::string key_file{};          // its key, PEM; empty: in certificate_file
};

// 64 lower-case hex digits of a fingerprint as people write it ("AB:CD…", with or without colons);
// Errc::invalid_input for anything else.
Result<std::string> read_fingerprint(std::string_view text);

// Reads the files once. Outlives its streams.
class TlsContext {
  public:
    // Errc::invalid_input says which file cannot be used and why.
    static Result<std::unique_ptr<TlsContext>> create(const TlsOptions& options);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

  private:
    friend class TlsStream;
    struct State;
    explicit TlsContext(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

class TlsStream {
  public:
    class Events : public loop::Stream::Events {
      public:
        // The handshake is done and the server is who it should be; once, before any data.
        virtual void on_secured() = 0;
    };

    // fd is a connected socket; host is the name that the certificate must have, or an address.
    // on_closed says why when the handshake fails or is not done within the deadline.
    TlsStream(loop::Loop& loop, base::Fd fd, const TlsContext& context, const std::string& host,
              std::chrono::milliseconds deadline, Events& events, std::size_t max_queued_bytes);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    // As loop::Stream's; Errc::unavailable before on_secured.
    Result<void> write(base::ByteView bytes);
    void finish();
    void pause();
    void resume();

  private:
    class Session;
    std::unique_ptr<Session> session_;
};

}  // namespace gw::net
