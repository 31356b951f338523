// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/ws_frame.h"

namespace gw::net {

void append_frame_header(std::string& out, Opcode opcode, std::size_t payload_size) {
    char header[10];
    std::size_t used = 2;
    header[0] = static_cast<char>(0x80 | static_cast<unsigned>(opcode));
    int length_bytes = 0;
    if (payload_size < 126) {
        header[1] = static_cast<char>(payload_size);
    } else if (payload_size <= 0xffff) {
        header[1] = 126;
        length_bytes = 2;
    } else {
        header[1] = 127;
        length_bytes = 8;
    }
    for (int shift = (length_bytes - 1) * 8; shift >= 0; shift -= 8) {
        header[used++] = static_cast<char>(payload_size >> shift & 0xff);
    }
    out.append(header, used);
}

std::size_t frame_size(std::string_view frames) {
    const auto byte = [frames](std::size_t i) { return static_cast<unsigned char>(frames[i]); };
    const unsigned small = byte(1) & 0x7fU;
    if (small < 126) return 2 + small;
    const std::size_t length_bytes = small == 126 ? 2 : 8;
    std::size_t size = 0;
    for (std::size_t i = 0; i < length_bytes; ++i)
        size = size << 8 | byte(2 + i);
    return 2 + length_bytes + size;
}

std::size_t whole_frames(std::string_view frames, std::size_t limit) {
    if (frames.size() <= limit) return frames.size();
    std::size_t end = frame_size(frames);
    while (end < frames.size()) {
        const std::size_t next = frame_size(frames.substr(end));
        if (end + next > limit) break;
        end += next;
    }
    return end;
}

}  // namespace gw::net
