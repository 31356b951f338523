#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// FrameReader: bytes in, frames out. Pure: knows no socket, no loop and no protobuf.
//
//   frame = length body ; length: 4 bytes, little-endian, of body; 1 … kMaxFrameBytes

#include <functional>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace gw::ipc {

class FrameReader {
  public:
    // Takes bytes; on_frame sees each whole body once, in order, valid during the call. When it
    // returns false reading stops and the rest is dropped (the owner is going away).
    // Errc::limit_exceeded for a length of 0 or above the bound: the stream is lost.
    Result<void> feed(base::ByteView bytes, const std::function<bool(base::ByteView)>& on_frame);

    // Bytes of an unfinished frame are held.
    [[nodiscard]] bool is_mid_frame() const { return !held_.empty(); }

  private:
    base::Bytes held_;
};

// Appends the length and makes room for body_size bytes; returns where the body goes.
std::span<std::byte> begin_frame(base::Bytes& out, std::size_t body_size);

}  // namespace gw::ipc
