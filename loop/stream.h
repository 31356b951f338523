#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Stream: one connected byte stream (socketpair, Unix or TCP socket) on the loop. Reads come as
// events; writes are queued, sent at once where the kernel takes them, and bounded.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "loop/loop.h"

namespace gw::loop {

// Two connected ends of a stream that lead nowhere else.
struct StreamPair {
    base::Fd ours;
    base::Fd theirs;
};
Result<StreamPair> open_stream_pair();

class Stream {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        // Valid during the call. The stream may be destroyed inside.
        virtual void on_data(base::ByteView bytes) = 0;
        // Once: end of file (reason.code closed) or an error. Nothing comes afterwards; the owner
        // destroys the stream, here or later.
        virtual void on_closed(const Error& reason) = 0;
        // The queue fell below half of its bound after it had been refused or was above it.
        virtual void on_drained() {}
    };

    // fd is a connected stream socket; becomes non-blocking.
    Stream(Loop& loop, base::Fd fd, Events& events, std::size_t max_queued_bytes);
    ~Stream();  // closes; queued bytes that the kernel has not taken are dropped
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // Queues a copy. Errc::limit_exceeded (and nothing queued) when the bound would be passed,
    // Errc::closed after on_closed.
    Result<void> write(base::ByteView bytes);

    // Sends what is queued, then tells the other side that nothing follows. Reading goes on.
    void finish();

    // Gives the descriptor up; the stream does nothing any more. Nothing may be queued.
    [[nodiscard]] base::Fd release();

    // Stops and resumes reading: how a receiver that is full pushes back.
    void pause();
    void resume();

    [[nodiscard]] std::size_t queued() const;

  private:
    struct State;
    State* state_;
};

// Tells the other side of a TCP socket now that what was read has arrived. A kernel may put that
// off for 40 ms to send it along with an answer, and a peer with Nagle's algorithm (RFC 1122
// §4.2.3.4) keeps its next words until then. Holds for what came so far: call it after each read
// where no answer follows. Nothing where the system has no such option.
void acknowledge_now(int socket);

// Connects to host:port (resolving off the loop), with a deadline. Destroying it withdraws.
class TcpConnect {
  public:
    TcpConnect(Loop& loop, const std::string& host, std::uint16_t port,
               std::chrono::milliseconds deadline, std::function<void(Result<base::Fd>)> done);
    ~TcpConnect();
    TcpConnect(const TcpConnect&) = delete;
    TcpConnect& operator=(const TcpConnect&) = delete;

  private:
    struct State;
    std::shared_ptr<State> state_;  // shared with a resolution that cannot be called back
};

}  // namespace gw::loop
