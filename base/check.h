#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// GW_ASSERT: what must hold because we wrote it so. Never for input: anything a peer, a disk or a
// user can cause is a Result. A failed assertion logs one line to stderr and aborts; every process
// of ours is restarted by somebody.

namespace gw::base {

[[noreturn]] void assertion_failed(const char* condition, const char* sentence, const char* file,
                                   int line) noexcept;

}  // namespace gw::base

#define GW_ASSERT(cond, sentence)                                              \
    do {                                                                       \
        if (!(cond)) [[unlikely]]                                              \
            ::gw::base::assertion_failed(#cond, sentence, __FILE__, __LINE__); \
    } while (false)
