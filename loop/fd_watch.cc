// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "loop/fd_watch.h"

#include <uv.h>

#include <utility>

#include "base/check.h"
#include "loop/handle.h"

namespace gw::loop {

struct FdWatch::State {
    uv_poll_t handle{};
    std::function<void(Readiness)> ready;
    bool is_gone = false;  // ready may be what destroys the watch, so it stays until the close
};

FdWatch::FdWatch(Loop& loop, int fd, std::function<void(Readiness)> ready) : state_(new State) {
    state_->ready = std::move(ready);
    state_->handle.data = state_;
    const int error = uv_poll_init(loop.raw(), &state_->handle, fd);
    GW_ASSERT(error == 0, "a watched descriptor is an open socket or pipe");
}

FdWatch::~FdWatch() {
    state_->is_gone = true;
    uv_poll_stop(&state_->handle);
    close_and_delete(state_);
}

void FdWatch::watch_for(Readiness wanted) {
    const int events = (wanted.readable ? UV_READABLE : 0) | (wanted.writable ? UV_WRITABLE : 0);
    if (events == 0) {
        uv_poll_stop(&state_->handle);
        return;
    }
    uv_poll_start(&state_->handle, events, [](uv_poll_t* handle, int status, int seen) {
        auto* state = static_cast<State*>(handle->data);
        if (state->is_gone) return;
        state->ready({.readable = status < 0 || (seen & UV_READABLE) != 0,
                      .writable = status < 0 || (seen & UV_WRITABLE) != 0});
    });
}

}  // namespace gw::loop
