// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "bench/framing.h"

#include <cstring>

namespace gw::bench {

namespace {

std::uint8_t byte_at(std::span<const char> bytes, std::size_t index) {
    return static_cast<std::uint8_t>(bytes[index]);
}

void append_big_endian(std::string& out, std::size_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i)
        out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

void append_header(std::string& out, Opcode opcode, std::size_t payload_size, std::uint8_t mask) {
    out.push_back(static_cast<char>(0x80 | static_cast<std::uint8_t>(opcode)));
    if (payload_size < 126) {
        out.push_back(static_cast<char>(mask | payload_size));
    } else if (payload_size < 65536) {
        out.push_back(static_cast<char>(mask | 126));
        append_big_endian(out, payload_size, 2);
    } else {
        out.push_back(static_cast<char>(mask | 127));
        append_big_endian(out, payload_size, 8);
    }
}

}  // namespace

std::optional<FrameView> find_frame(std::span<char> bytes) {
    if (bytes.size() < 2) return std::nullopt;
    FrameView frame;
    frame.opcode = static_cast<Opcode>(byte_at(bytes, 0) & 0x0f);
    frame.is_masked = (byte_at(bytes, 1) & 0x80) != 0;
    std::size_t length = byte_at(bytes, 1) & 0x7f;
    std::size_t header = 2;
    if (length >= 126) {
        const std::size_t width = length == 126 ? 2 : 8;
        header += width;
        if (bytes.size() < header) return std::nullopt;
        length = 0;
        for (std::size_t i = 0; i < width; ++i)
            length = length << 8 | byte_at(bytes, 2 + i);
    }
    if (frame.is_masked) {
        if (bytes.size() < header + 4) return std::nullopt;
        std::memcpy(frame.mask.data(), bytes.data() + header, 4);
        header += 4;
    }
    if (bytes.size() - header < length || bytes.size() < header) return std::nullopt;
    frame.payload = bytes.subspan(header, length);
    frame.size = header + length;
    return frame;
}

void apply_mask(std::span<char> payload, std::array<char, 4> mask) {
    std::uint32_t half = 0;
    std::memcpy(&half, mask.data(), sizeof half);
    const std::uint64_t key = static_cast<std::uint64_t>(half) << 32 | half;
    char* at = payload.data();
    std::size_t left = payload.size();
    for (; left >= sizeof key; at += sizeof key, left -= sizeof key) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        word ^= key;
        std::memcpy(at, &word, sizeof word);
    }
    for (std::size_t i = 0; i < left; ++i)
        at[i] = static_cast<char>(at[i] ^ mask[i % 4]);
}

void append_header(std::string& out, Opcode opcode, std::size_t payload_size) {
    append_header(out, opcode, payload_size, 0);
}

std::string masked_frame(Opcode opcode, std::string_view payload, std::array<char, 4> mask) {
    std::string out;
    append_header(out, opcode, payload.size(), 0x80);
    out.append(mask.data(), mask.size());
    const std::size_t at = out.size();
    out.append(payload);
    apply_mask(std::span<char>(out).subspan(at), mask);
    return out;
}

}  // namespace gw::bench
