// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/observe/loop_lag.h"

namespace gw::observe {

namespace {

constexpr std::chrono::milliseconds kEvery{500};

}  // namespace

LoopLag::LoopLag(loop::Loop& loop, const base::Clock& clock)
    : loop_(loop), clock_(clock), timer_(loop, [this] { on_due(); }) {
    timer_.unref();
    start();
}

void LoopLag::start() {
    // A timer counts from the loop's own idea of now.
    due_ = loop_.now() + kEvery;
    timer_.start(kEvery);
}

void LoopLag::on_due() {
    seconds_.observe(std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady() - due_));
    start();
}

}  // namespace gw::observe
