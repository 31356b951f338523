// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "loop/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "loop/handle.h"

namespace gw::loop {

namespace {

// How many connections one turn takes before others get a word in.
constexpr int kAcceptsPerTurn = 256;
constexpr std::uint64_t kPauseMs = 100;

union Address {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
};

std::unexpected<Error> fail_bind(const std::string& what) {
    const int error = errno;
    auto failed = fail_errno("listen on " + what, error);
    if (error == EADDRINUSE) failed.error().code = Errc::already_exists;
    return failed;
}

Result<base::Fd> bind_and_listen(const Address& address, socklen_t size, int backlog,
                                 const std::string& what) {
    base::Fd socket(::socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return fail_errno("make a socket for " + what);
    const int on = 1;
    if (address.any.sa_family != AF_UNIX) {
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (address.any.sa_family == AF_INET6) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (::bind(socket.get(), &address.any, size) != 0) return fail_bind(what);
    if (::listen(socket.get(), backlog) != 0) return fail_bind(what);
    return socket;
}

// Whether somebody accepts at the path: only then does the socket file belong to the living.
bool is_answered(const Address& address, socklen_t size) {
    const base::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!probe.is_open()) return true;
    return ::connect(probe.get(), &address.any, size) == 0 || errno == EAGAIN;
}

}  // namespace

Result<base::Fd> listen_tcp(const std::string& host, std::uint16_t port, int backlog) {
    Address address{};
    const std::string what = host + " port " + std::to_string(port);
    socklen_t size = sizeof address.v4;
    if (::inet_pton(AF_INET, host.c_str(), &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(port);
    } else {
        in6_addr parsed{};
        if (::inet_pton(AF_INET6, host.c_str(), &parsed) != 1) {
            return fail(Errc::invalid_input, host + " is not a numeric address");
        }
        address = {};
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(port);
        address.v6.sin6_addr = parsed;
        size = sizeof address.v6;
    }
    return bind_and_listen(address, size, backlog, what);
}

Result<base::Fd> listen_unix(const std::string& path, unsigned mode, int backlog) {
    Address address{};
    if (path.size() >= sizeof address.local.sun_path) {
        return fail(Errc::invalid_input, path + ": a socket's path has at most " +
                                             std::to_string(sizeof address.local.sun_path - 1) +
                                             " bytes");
    }
    address.local.sun_family = AF_UNIX;
    std::memcpy(address.local.sun_path, path.c_str(), path.size() + 1);
    struct stat file{};
    if (::lstat(path.c_str(), &file) == 0) {
        if (!S_ISSOCK(file.st_mode)) {
            return fail(Errc::already_exists, path + " exists and is not a socket; remove it");
        }
        if (is_answered(address, sizeof address.local)) {
            return fail(Errc::already_exists, "listen on " + path + ": somebody else does");
        }
        ::unlink(path.c_str());
    }
    // No moment in which others could connect: the mode is narrow from the start.
    const mode_t old_mask = ::umask(static_cast<mode_t>(~mode & 0777));
    auto socket = bind_and_listen(address, sizeof address.local, backlog, path);
    ::umask(old_mask);
    return socket;
}

Result<std::uint16_t> local_port(int fd) {
    Address address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, &address.any, &size) != 0) return fail_errno("getsockname");
    if (address.any.sa_family == AF_INET) return ntohs(address.v4.sin_port);
    if (address.any.sa_family == AF_INET6) return ntohs(address.v6.sin6_port);
    return fail(Errc::invalid_input, "not a TCP socket");
}

struct Listener::State {
    uv_poll_t handle{};
    base::Fd socket;
    std::function<void(base::Fd)> accepted;
    std::unique_ptr<Timer> pause;
    bool is_gone = false;

    void watch() {
        uv_poll_start(&handle, UV_READABLE, [](uv_poll_t* poll, int, int) {
            auto* state = static_cast<State*>(poll->data);
            if (!state->is_gone) state->accept_some();
        });
    }

    void accept_some() {
        for (int i = 0; i < kAcceptsPerTurn && !is_gone; ++i) {
            base::Fd fd(::accept4(socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (fd.is_open()) {
                accepted(std::move(fd));
                continue;
            }
            if (errno == EINTR || errno == ECONNABORTED) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return;
            // Out of descriptors or memory: the connection waits in the backlog meanwhile.
            log::error("loop", "accept failed, pausing", {{"error", std::strerror(errno)}});
            uv_poll_stop(&handle);
            pause->start(std::chrono::milliseconds(kPauseMs));
            return;
        }
    }
};

Listener::Listener(Loop& loop, base::Fd socket, std::function<void(base::Fd)> accepted)
    : state_(new State) {
    state_->socket = std::move(socket);
    state_->accepted = std::move(accepted);
    state_->handle.data = state_;
    state_->pause = std::make_unique<Timer>(loop, [state = state_] { state->watch(); });
    uv_poll_init(loop.raw(), &state_->handle, state_->socket.get());
    state_->watch();
}

Listener::~Listener() {
    state_->is_gone = true;
    state_->pause.reset();
    uv_poll_stop(&state_->handle);
    // The descriptor closes now: nobody connects to a listener that is gone.
    state_->socket.reset();
    close_and_delete(state_);
}

}  // namespace gw::loop
