// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <uv.h>

#include <mutex>
#include <utility>
#include <vector>

#include "loop/handle.h"
#include "loop/loop.h"

namespace gw::loop {

struct Mailbox::State {
    uv_async_t handle{};
    std::mutex mutex;
    std::vector<std::function<void()>> steps;  // guarded by mutex
    bool is_gone = false;                      // loop thread only

    void run() {
        std::vector<std::function<void()>> taken;
        {
            const std::lock_guard lock(mutex);
            taken.swap(steps);
        }
        for (auto& step : taken) {
            if (is_gone) return;  // a step destroyed the mailbox
            step();
        }
    }
};

Mailbox::Mailbox(Loop& loop) : state_(new State) {
    state_->handle.data = state_;
    uv_async_init(loop.raw(), &state_->handle, [](uv_async_t* async) {
        auto* state = static_cast<State*>(async->data);
        if (!state->is_gone) state->run();
    });
    // Whoever waits for a letter keeps the loop alive by other means.
    uv_unref(reinterpret_cast<uv_handle_t*>(&state_->handle));
}

Mailbox::~Mailbox() {
    state_->is_gone = true;
    close_and_delete(state_);
}

void Mailbox::post(std::function<void()> step) {
    {
        const std::lock_guard lock(state_->mutex);
        state_->steps.push_back(std::move(step));
    }
    uv_async_send(&state_->handle);
}

}  // namespace gw::loop
