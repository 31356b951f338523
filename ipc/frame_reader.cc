// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "ipc/frame_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "ipc/limits.h"

namespace gw::ipc {

namespace {

constexpr std::size_t kLengthBytes = 4;

std::size_t read_length(const std::byte* at) {
    std::size_t length = 0;
    for (std::size_t i = kLengthBytes; i-- > 0;) {
        length = length << 8 | std::to_integer<std::size_t>(at[i]);
    }
    return length;
}

Result<void> check_length(std::size_t length) {
    if (length > 0 && length <= kMaxFrameBytes) return {};
    return fail(Errc::limit_exceeded, "a frame of " + std::to_string(length) + " bytes; 1 to " +
                                          std::to_string(kMaxFrameBytes) + " are allowed");
}

}  // namespace

Result<void> FrameReader::feed(base::ByteView bytes,
                               const std::function<bool(base::ByteView)>& on_frame) {
    // First what an earlier call left unfinished.
    while (!held_.empty() && !bytes.empty()) {
        const std::size_t wanted =
            held_.size() < kLengthBytes ? kLengthBytes : kLengthBytes + read_length(held_.data());
        const std::size_t take = std::min(wanted - held_.size(), bytes.size());
        held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(take));
        bytes = bytes.subspan(take);
        if (held_.size() < wanted) return {};
        if (wanted == kLengthBytes) {
            TRY_VOID(check_length(read_length(held_.data())));
            continue;
        }
        const base::Bytes whole = std::exchange(held_, {});
        if (!on_frame(base::ByteView(whole).subspan(kLengthBytes))) return {};
    }
    // The length alone is held, or part of it: nothing is left to look at, and it is to be kept.
    if (!held_.empty()) return {};
    // Then whole frames, where they lie.
    while (bytes.size() >= kLengthBytes) {
        const std::size_t length = read_length(bytes.data());
        TRY_VOID(check_length(length));
        if (bytes.size() - kLengthBytes < length) break;
        if (!on_frame(bytes.subspan(kLengthBytes, length))) return {};
        bytes = bytes.subspan(kLengthBytes + length);
    }
    held_.assign(bytes.begin(), bytes.end());
    return {};
}

std::span<std::byte> begin_frame(base::Bytes& out, std::size_t body_size) {
    GW_ASSERT(body_size > 0 && body_size <= kMaxFrameBytes, "frames have bounds");
    const std::size_t start = out.size();
    out.resize(start + kLengthBytes + body_size);
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
        out[start + i] = static_cast<std::byte>(body_size >> (8 * i) & 0xff);
    }
    return std::span(out).subspan(start + kLengthBytes);
}

}  // namespace gw::ipc
