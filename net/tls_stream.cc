// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/tls_stream.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/tls_context.h"

namespace gw::net {

namespace {

constexpr std::size_t kReadBytes = 16U * 1024;  // the most that one record holds

// What goes out of the TLS layer is a little more than what went in.
constexpr std::size_t kRoomForRecords = 16U * 1024;

}  // namespace

// OpenSSL reads from and writes to memory; the stream below carries that to the server and back.
class TlsStream::Session final : private loop::Stream::Events {
  public:
    Session(loop::Loop& loop, base::Fd fd, const TlsContext::State& context, std::string host,
            std::chrono::milliseconds deadline, TlsStream::Events& events, std::size_t max_queued)
        : events_(events),
          host_(std::move(host)),
          fingerprint_(context.fingerprint),
          max_queued_(max_queued),
          ssl_(new_client(context.context.get(), host_, !fingerprint_.empty())),
          step_timer_(loop, [this] { step(); }),
          deadline_(loop, [this] { close(Errc::timed_out, "no TLS handshake in time"); }),
          stream_(loop, std::move(fd), *this, max_queued + kRoomForRecords) {
        if (ssl_) SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        deadline_.start(deadline);
        // Nobody expects events while constructing.
        step_timer_.start(std::chrono::milliseconds(0));
    }
    ~Session() override {
        if (destroyed_ != nullptr) *destroyed_ = true;
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Result<void> write(base::ByteView bytes) {
        if (is_closed_) return fail(Errc::closed, "the connection is closed");
        if (!is_secured_) return fail(Errc::unavailable, "the TLS handshake is not done");
        if (bytes.size() > max_queued_ - std::min(stream_.queued(), max_queued_)) {
            return fail(Errc::limit_exceeded, "the other side reads too slowly");
        }
        if (bytes.empty()) return {};
        std::size_t written = 0;
        ERR_clear_error();
        if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) != 1) {
            return fail(Errc::io, openssl_error("TLS takes nothing more"));
        }
        flush();
        return {};
    }
    void finish() {
        if (is_closed_) return;
        if (is_secured_) SSL_shutdown(ssl_.get());
        flush();
        stream_.finish();
    }
    void pause() {
        is_paused_ = true;
        stream_.pause();
    }
    void resume() {
        is_paused_ = false;
        // What was read already comes before what the socket has, its end for instance.
        if (!is_closed_) step_timer_.start(std::chrono::milliseconds(0));
    }

  private:
    void on_data(base::ByteView bytes) override {
        BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
        step();
    }
    void on_closed(const Error& reason) override {
        if (is_secured_) return close(reason.code, reason.message);
        close(reason.code, "the server closed during the TLS handshake; is it a port for TLS?");
    }
    void on_drained() override { events_.on_drained(); }

    void step() {
        if (is_closed_) return;
        if (!ssl_) return close(Errc::io, "no memory for TLS");
        bool is_destroyed = false;
        destroyed_ = &is_destroyed;
        if (!is_secured_) shake_hands();
        while (!is_destroyed && is_secured_ && !is_closed_ && !is_paused_ && read_some()) {
        }
        if (is_destroyed) return;
        destroyed_ = nullptr;
        if (is_closed_) return;
        flush();  // answers of TLS itself
        if (!is_paused_) stream_.resume();
    }

    void shake_hands() {
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl_.get());
        const int error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
        flush();  // an alert says to the server what was wrong
        if (error == SSL_ERROR_WANT_READ) return;
        if (done != 1) return close(Errc::permission_denied, handshake_problem(ssl_.get(), host_));
        if (const auto meant = check_server(ssl_.get(), host_, fingerprint_); !meant) {
            return close(meant.error().code, meant.error().message);
        }
        is_secured_ = true;
        deadline_.stop();
        events_.on_secured();
    }

    // False when there is nothing more to read. *this may be gone afterwards.
    bool read_some() {
        std::array<std::byte, kReadBytes> buffer;
        std::size_t size = 0;
        ERR_clear_error();
        if (SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size) == 1) {
            events_.on_data({buffer.data(), size});
            return true;
        }
        const int error = SSL_get_error(ssl_.get(), 0);
        if (error == SSL_ERROR_WANT_READ) return false;
        if (error == SSL_ERROR_ZERO_RETURN) {
            close(Errc::closed, "the other side closed");
        } else {
            close(Errc::io, openssl_error("the TLS connection broke"));
        }
        return false;
    }

    void flush() {
        char* bytes = nullptr;
        BIO* out = SSL_get_wbio(ssl_.get());
        const long size = BIO_get_mem_data(out, &bytes);
        if (size <= 0) return;
        // Not taken only when the server reads nothing: its silence is noticed by whoever waits.
        static_cast<void>(stream_.write(
            std::as_bytes(std::span<const char>(bytes, static_cast<std::size_t>(size)))));
        BIO_reset(out);
    }

    void close(Errc code, const std::string& message) {
        if (std::exchange(is_closed_, true)) return;
        deadline_.stop();
        step_timer_.stop();
        stream_.pause();
        events_.on_closed(Error{code, message});
    }

    TlsStream::Events& events_;
    const std::string host_;
    const std::string fingerprint_;
    const std::size_t max_queued_;
    bool is_secured_ = false;
    bool is_closed_ = false;
    bool is_paused_ = false;
    bool* destroyed_ = nullptr;  // set while events are told
    SslPtr ssl_;
    loop::Timer step_timer_;
    loop::Timer deadline_;
    loop::Stream stream_;
};

TlsStream::TlsStream(loop::Loop& loop, base::Fd fd, const TlsContext& context,
                     const std::string& host, std::chrono::milliseconds deadline, Events& events,
                     std::size_t max_queued_bytes)
    : session_(new Session(loop, std::move(fd), *context.state_, host, deadline, events,
                           max_queued_bytes)) {}

TlsStream::~TlsStream() = default;

Result<void> TlsStream::write(base::ByteView bytes) {
    return session_->write(bytes);
}

void TlsStream::finish() {
    session_->finish();
}

void TlsStream::pause() {
    session_->pause();
}

void TlsStream::resume() {
    session_->resume();
}

}  // namespace gw::net
