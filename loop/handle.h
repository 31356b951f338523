#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// How this room holds libuv handles: the handle sits on the heap inside the state of its owner, and
// the memory goes only in the close callback. The owner clears what it would call first, so a late
// callback finds nobody. Private to loop/.

#include <uv.h>

namespace gw::loop {

// State has a member `handle` and is owned by the handle's close callback from here on.
template <typename State>
void close_and_delete(State* state) {
    state->handle.data = state;
    uv_close(reinterpret_cast<uv_handle_t*>(&state->handle),
             [](uv_handle_t* handle) { delete static_cast<State*>(handle->data); });
}

}  // namespace gw::loop
