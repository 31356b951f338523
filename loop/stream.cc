// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "loop/stream.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>

#include "loop/handle.h"

namespace gw::loop {

namespace {

constexpr std::size_t kReadBytes = 64U * 1024;
// What one stream may read in a turn before others get a word in.
constexpr int kReadsPerTurn = 16;

// One loop runs at a time in a thread, and bytes are handed on during the call: one buffer is
// enough for all streams.
std::byte* read_buffer() {
    static thread_local std::array<std::byte, kReadBytes> buffer;
    return buffer.data();
}

}  // namespace

Result<StreamPair> open_stream_pair() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        return fail_errno("opening a pair of sockets");
    }
    return StreamPair{base::Fd(fds[0]), base::Fd(fds[1])};
}

void acknowledge_now(int socket) {
#ifdef TCP_QUICKACK
    const int on = 1;
    static_cast<void>(::setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on));
#else
    static_cast<void>(socket);
#endif
}

struct Stream::State {
    uv_poll_t handle{};
    base::Fd fd;
    Events* events = nullptr;  // nullptr: the stream is gone
    std::size_t max_queued = 0;
    base::Bytes queue;  // from `sent` on
    std::size_t sent = 0;
    bool is_closed = false;
    bool is_paused = false;
    bool wants_drained = false;
    bool is_finishing = false;
    int watched = 0;

    [[nodiscard]] std::size_t queued() const { return queue.size() - sent; }

    void drop_queue() {
        queue.clear();
        sent = 0;
    }

    void watch() {
        const int wanted =
            is_closed ? 0 : (is_paused ? 0 : UV_READABLE) | (queued() > 0 ? UV_WRITABLE : 0);
        if (wanted == watched) return;
        watched = wanted;
        if (wanted == 0) {
            uv_poll_stop(&handle);
            return;
        }
        uv_poll_start(&handle, wanted, [](uv_poll_t* poll, int status, int what) {
            static_cast<State*>(poll->data)->on_poll(status, what);
        });
    }

    void on_poll(int status, int what) {
        if (events == nullptr) return;
        if (status < 0) {
            // The socket has an error, a peer that died with bytes of ours unread for one, and
            // libuv has stopped the handle. What the peer said before is still to be read, and then
            // read() is told the error.
            watched = 0;
            drop_queue();
            what = UV_READABLE;
        }
        if ((what & UV_WRITABLE) != 0) flush();
        if (events != nullptr && !is_closed && !is_paused && (what & UV_READABLE) != 0) read();
        if (events != nullptr) watch();
    }

    void read() {
        for (int i = 0; i < kReadsPerTurn; ++i) {
            const ssize_t got = ::read(fd.get(), read_buffer(), kReadBytes);
            if (got > 0) {
                events->on_data({read_buffer(), static_cast<std::size_t>(got)});
                if (events == nullptr || is_closed || is_paused) return;
                if (static_cast<std::size_t>(got) < kReadBytes) return;
                continue;
            }
            if (got == 0) return close(Error{Errc::closed, "the other side closed"});
            if (errno == EINTR) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return;
            const bool is_reset = errno == ECONNRESET || errno == EPIPE;
            return close(Error{is_reset ? Errc::closed : Errc::io, std::strerror(errno)});
        }
    }

    void flush() {
        while (queued() > 0) {
            const ssize_t put =
                ::send(fd.get(), queue.data() + sent, queued(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (put < 0) {
                if (errno == EINTR) continue;
                if (errno == EAGAIN || errno == EWOULDBLOCK) break;
                if (errno == EPIPE || errno == ECONNRESET) {
                    // What the other side said before it went is still to be read; its end follows.
                    drop_queue();
                    break;
                }
                return close(Error{Errc::io, std::strerror(errno)});
            }
            sent += static_cast<std::size_t>(put);
        }
        if (queued() == 0) {
            drop_queue();
            if (queue.capacity() > 256U * 1024) queue.shrink_to_fit();
            shut_when_finished();
        } else if (sent > max_queued / 4) {
            queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(sent));
            sent = 0;
        }
        if (wants_drained && queued() < max_queued / 2) {
            wants_drained = false;
            events->on_drained();
        }
    }

    void shut_when_finished() const {
        if (is_finishing && queued() == 0) ::shutdown(fd.get(), SHUT_WR);
    }

    void close(const Error& reason) {
        if (is_closed) return;
        is_closed = true;
        watch();
        drop_queue();
        events->on_closed(reason);
    }
};

Stream::Stream(Loop& loop, base::Fd fd, Events& events, std::size_t max_queued_bytes)
    : state_(new State) {
    const int flags = ::fcntl(fd.get(), F_GETFL);
    ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK);
    state_->fd = std::move(fd);
    state_->events = &events;
    state_->max_queued = max_queued_bytes;
    state_->handle.data = state_;
    uv_poll_init(loop.raw(), &state_->handle, state_->fd.get());
    state_->watch();
}

Stream::~Stream() {
    if (state_ == nullptr) return;  // released
    state_->events = nullptr;
    uv_poll_stop(&state_->handle);
    state_->fd.reset();
    close_and_delete(state_);
}

Result<void> Stream::write(base::ByteView bytes) {
    State& state = *state_;
    if (state.is_closed) return fail(Errc::closed, "the connection is closed");
    if (bytes.size() > state.max_queued - std::min(state.queued(), state.max_queued)) {
        state.wants_drained = true;
        return fail(Errc::limit_exceeded, "the other side reads too slowly");
    }
    // Straight to the kernel when nothing waits; what it does not take is queued.
    if (state.queued() == 0) {
        while (!bytes.empty()) {
            const ssize_t put =
                ::send(state.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (put < 0 && errno == EINTR) continue;
            // An error is met again by the loop, which tells the owner at a time that suits it.
            if (put < 0) break;
            bytes = bytes.subspan(static_cast<std::size_t>(put));
        }
    }
    if (!bytes.empty()) {
        state.queue.insert(state.queue.end(), bytes.begin(), bytes.end());
        if (state.queued() > state.max_queued / 2) state.wants_drained = true;
        state.watch();
    }
    return {};
}

void Stream::finish() {
    if (state_->is_closed) return;
    state_->is_finishing = true;
    state_->shut_when_finished();
}

base::Fd Stream::release() {
    // The handle lets go of the descriptor now: whoever gets it may watch it on the same loop.
    state_->events = nullptr;
    uv_poll_stop(&state_->handle);
    base::Fd fd = std::move(state_->fd);
    close_and_delete(std::exchange(state_, nullptr));
    return fd;
}

void Stream::pause() {
    state_->is_paused = true;
    state_->watch();
}

void Stream::resume() {
    state_->is_paused = false;
    state_->watch();
}

std::size_t Stream::queued() const {
    return state_->queued();
}

}  // namespace gw::loop
