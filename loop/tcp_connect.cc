// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <uv.h>

#include <cerrno>
#include <cstring>

#include "loop/handle.h"
#include "loop/stream.h"

namespace gw::loop {

// One poll on the socket that is connecting; made anew for each address.
struct ConnectPoll {
    uv_poll_t handle{};
    std::function<void()> ready;  // empty: nobody waits any more
};

struct TcpConnect::State : std::enable_shared_from_this<TcpConnect::State> {
    uv_loop_t* loop = nullptr;
    std::string target;
    std::function<void(Result<base::Fd>)> done;  // empty: over or withdrawn
    std::unique_ptr<Timer> timer;
    addrinfo* addresses = nullptr;
    const addrinfo* next = nullptr;
    base::Fd socket;
    ConnectPoll* poll = nullptr;
    std::string last_error = "no address";

    ~State() { uv_freeaddrinfo(addresses); }

    void drop_poll() {
        if (poll == nullptr) return;
        poll->ready = nullptr;
        uv_poll_stop(&poll->handle);
        close_and_delete(std::exchange(poll, nullptr));
    }

    void finish(Result<base::Fd> outcome) {
        drop_poll();
        timer.reset();
        if (auto tell = std::exchange(done, nullptr)) tell(std::move(outcome));
    }

    void try_next() {
        drop_poll();
        socket.reset();
        if (next == nullptr) {
            return finish(fail(Errc::unavailable, "connect to " + target + ": " + last_error));
        }
        const addrinfo* address = std::exchange(next, next->ai_next);
        socket.reset(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!socket.is_open()) return try_next();
        const int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(socket.get(), address->ai_addr, address->ai_addrlen) == 0) {
            return finish(std::move(socket));
        }
        if (errno != EINPROGRESS) {
            last_error = std::strerror(errno);
            return try_next();
        }
        poll = new ConnectPoll;
        poll->handle.data = poll;
        poll->ready = [this] { on_ready(); };
        uv_poll_init(loop, &poll->handle, socket.get());
        uv_poll_start(&poll->handle, UV_WRITABLE, [](uv_poll_t* handle, int, int) {
            auto* waiting = static_cast<ConnectPoll*>(handle->data);
            if (waiting->ready) waiting->ready();
        });
    }

    void on_ready() {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            last_error = std::strerror(error);
            return try_next();
        }
        drop_poll();
        finish(std::move(socket));
    }
};

namespace {

// The resolver's thread cannot be called back; it holds the state until it is done.
template <typename State>
struct Resolution {
    uv_getaddrinfo_t request{};
    std::shared_ptr<State> state;
};

}  // namespace

TcpConnect::TcpConnect(Loop& loop, const std::string& host, std::uint16_t port,
                       std::chrono::milliseconds deadline,
                       std::function<void(Result<base::Fd>)> done)
    : state_(std::make_shared<State>()) {
    State* state = state_.get();
    state->loop = loop.raw();
    state->target = host + ':' + std::to_string(port);
    state->done = std::move(done);
    state->timer = std::make_unique<Timer>(loop, [state] {
        state->finish(fail(Errc::timed_out, "connect to " + state->target + ": timed out"));
    });
    state->timer->start(deadline);

    auto* resolution = new Resolution<State>{{}, state_};
    resolution->request.data = resolution;
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    const auto resolved = [](uv_getaddrinfo_t* request, int status, addrinfo* found) {
        const std::unique_ptr<Resolution<State>> own(
            static_cast<Resolution<State>*>(request->data));
        State& waiting = *own->state;
        waiting.addresses = found;
        waiting.next = found;
        if (!waiting.done) return;
        if (status != 0) waiting.last_error = uv_strerror(status);
        waiting.try_next();
    };
    const int error = uv_getaddrinfo(loop.raw(), &resolution->request, resolved, host.c_str(),
                                     std::to_string(port).c_str(), &hints);
    if (error == 0) return;
    delete resolution;
    // Never from inside the constructor.
    state->last_error = uv_strerror(error);
    state->timer = std::make_unique<Timer>(loop, [state] { state->try_next(); });
    state->timer->start(std::chrono::milliseconds(0));
}

TcpConnect::~TcpConnect() {
    state_->done = nullptr;
    state_->timer.reset();
    state_->drop_poll();
}

}  // namespace gw::loop
