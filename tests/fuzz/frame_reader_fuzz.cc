// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// However a stream of frames is cut into pieces, the same frames come out, and written again they
// are the bytes that went in.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "ipc/frame_reader.h"

namespace {

using gw::base::Bytes;
using gw::base::ByteView;

struct Outcome {
    std::vector<Bytes> frames;
    bool is_lost = false;
    bool is_mid_frame = false;

    bool operator==(const Outcome&) const = default;
};

// Feeds pieces of the sizes that sizes names, over and over.
Outcome read(ByteView stream, ByteView sizes) {
    Outcome outcome;
    gw::ipc::FrameReader reader;
    for (std::size_t at = 0, piece = 0; at < stream.size() && !outcome.is_lost; ++piece) {
        const auto wanted = std::to_integer<std::size_t>(sizes[piece % sizes.size()]) + 1;
        const ByteView bytes = stream.subspan(at, std::min(wanted, stream.size() - at));
        at += bytes.size();
        const auto fed = reader.feed(bytes, [&outcome](ByteView body) {
            outcome.frames.emplace_back(body.begin(), body.end());
            return true;
        });
        outcome.is_lost = !fed;
    }
    outcome.is_mid_frame = !outcome.is_lost && reader.is_mid_frame();
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input = std::as_bytes(std::span(data, size));
    if (input.size() < 8) return 0;
    const ByteView stream = input.subspan(8);
    constexpr std::byte kWhole[] = {std::byte{255}};
    const Outcome pieces = read(stream, input.first(8));
    GW_ASSERT(pieces == read(stream, kWhole), "pieces do not matter");

    Bytes again;
    for (const Bytes& frame : pieces.frames) {
        const auto body = gw::ipc::begin_frame(again, frame.size());
        std::copy(frame.begin(), frame.end(), body.begin());
    }
    GW_ASSERT(std::equal(again.begin(), again.end(), stream.begin()), "frames are their bytes");
    return 0;
}
