#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Bounds of the worker contract. Whoever passes one has broken it and is cut off.

#include <cstddef>
#include <cstdint>

namespace gw::ipc {

// Bumped with every change of proto/*.proto that the other side could notice.
inline constexpr std::uint32_t kProtocol = 1;

// One frame's body. Larger things travel in pieces.
inline constexpr std::size_t kMaxFrameBytes = 1U << 20;

// What may wait for a peer that reads slowly, per direction.
inline constexpr std::size_t kMaxQueuedBytes = 8U << 20;

// An event id, a peer, a sender.
inline constexpr std::size_t kMaxIdBytes = 512;

}  // namespace gw::ipc
