#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// WebSocket frames (RFC 6455 §5.2) as the peers and the load generator need them: whole messages of
// one frame each, nothing fragmented, nothing compressed. Used by bench/ only.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gw::bench {

enum class Opcode : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// One frame of either direction, still in the buffer it was read into and still masked.
struct FrameView {
    Opcode opcode = Opcode::text;
    bool is_masked = false;
    std::array<char, 4> mask{};
    std::span<char> payload;
    std::size_t size = 0;  // header and payload
};

// The frame at the beginning of bytes, or nothing while it is incomplete.
std::optional<FrameView> find_frame(std::span<char> bytes);

// Masks or unmasks in place.
void apply_mask(std::span<char> payload, std::array<char, 4> mask);

// The header of an unmasked frame, as servers send it.
void append_header(std::string& out, Opcode opcode, std::size_t payload_size);

// A whole masked frame, as clients send it.
std::string masked_frame(Opcode opcode, std::string_view payload, std::array<char, 4> mask);

}  // namespace gw::bench
