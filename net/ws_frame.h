#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The frames we write: RFC 6455 §5.2, server to client, whole and unmasked. Pure.
//
//   frame = (0x80 | opcode) length payload
//   length = 1 byte below 126 / 126 and 2 bytes / 127 and 8 bytes, big-endian

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gw::net {

enum class Opcode : std::uint8_t { text = 1, close = 8, ping = 9 };

void append_frame_header(std::string& out, Opcode opcode, std::size_t payload_size);

// Size of the whole frame that begins at frames, which holds at least its header.
std::size_t frame_size(std::string_view frames);

// The longest prefix of frames that is whole frames and at most limit bytes; one frame if the first
// is larger.
std::size_t whole_frames(std::string_view frames, std::size_t limit);

}  // namespace gw::net
