#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the network behind an account can do about an attempt whose end nobody knows, as its worker
// says in its Hello.

#include <chrono>

namespace gw::delivery {

struct Provider {
    // What comes twice within this time under one id of ours arrives once. 0: it takes no ids.
    std::chrono::milliseconds client_id_window{0};
    bool can_look_up = false;  // the worker can be asked whether a message arrived

    bool operator==(const Provider&) const = default;
};

// The answer to that question.
enum class LookUp { found, absent, unknown };

}  // namespace gw::delivery
