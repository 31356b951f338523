#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Bounds of the worker contract. Whoever passes one has broken it and is cut off.

#include <cstddef>
#include <cstdint>

namespace gw::ipc {

// Bumped with every change of proto/*.proto that the other side could notice.
inline constexpr std::uint32_t kProtocol = 4;

// One frame's body. Larger things travel in pieces.
inline constexpr std::size_t kMaxFrameBytes = 1U << 20;

// What may wait for a peer that reads slowly, per direction.
inline constexpr std::size_t kMaxQueuedBytes = 8U << 20;

// An event id, a peer, a sender.
inline constexpr std::size_t kMaxIdBytes = 512;

// Messages and skipped events a worker may hand over before it hears Accepted. A worker stops
// reading from its network there, so that what floods it waits at the provider.
inline constexpr std::size_t kMaxUnaccepted = 1024;

// One piece of a file, and what a receiver lets come before it says that it wants more.
inline constexpr std::size_t kMaxMediaChunkBytes = 64U << 10;
inline constexpr std::size_t kMediaWindowBytes = 256U << 10;

// A worker's durable state: one key, one value, entries in one put or one page, and all of an
// account's keys and values together.
inline constexpr std::size_t kMaxStateKeyBytes = 256;
inline constexpr std::size_t kMaxStateValueBytes = 256U << 10;
inline constexpr std::size_t kMaxStatePutEntries = 64;
inline constexpr std::size_t kMaxStatePageEntries = 256;
inline constexpr std::size_t kMaxStateBytes = 32U << 20;

// Changes of messages that a worker has not answered yet.
inline constexpr std::size_t kMaxChangeCalls = 64;

// Puts and gets of a worker that are not answered yet.
inline constexpr std::size_t kMaxStateCalls = 128;

// What is kept of an event that nobody dares to parse.
inline constexpr std::size_t kMaxQuarantineBytes = 64U << 10;

// An HTTP request passed to a worker, and its answer.
inline constexpr std::size_t kMaxHttpBodyBytes = 768U << 10;
inline constexpr std::size_t kMaxHttpReplyBytes = 256U << 10;

}  // namespace gw::ipc
