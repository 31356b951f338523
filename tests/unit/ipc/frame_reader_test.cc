// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "ipc/frame_reader.h"

#include <doctest/doctest.h>

#include "ipc/limits.h"

using namespace gw;

namespace {

base::Bytes framed(std::initializer_list<std::string_view> bodies) {
    base::Bytes out;
    for (const std::string_view body : bodies) {
        const auto at = ipc::begin_frame(out, body.size());
        const auto bytes = base::as_bytes(body);
        std::copy(bytes.begin(), bytes.end(), at.begin());
    }
    return out;
}

}  // namespace

TEST_CASE("frames: a stream gives the same frames wherever it is cut") {
    const std::string long_body(70'000, 'x');
    const base::Bytes stream = framed({"a", "second", long_body, "end"});
    for (std::size_t cut = 0; cut <= stream.size(); cut += cut < 40 ? 1 : 997) {
        ipc::FrameReader reader;
        std::vector<std::string> seen;
        const auto take = [&seen](base::ByteView body) {
            seen.emplace_back(base::as_text(body));
            return true;
        };
        const base::ByteView whole(stream);
        REQUIRE(reader.feed(whole.first(cut), take));
        REQUIRE(reader.feed(whole.subspan(cut), take));
        CHECK(seen == std::vector<std::string>{"a", "second", long_body, "end"});
        CHECK_FALSE(reader.is_mid_frame());
    }
}

TEST_CASE("frames: byte by byte is a stream too") {
    const base::Bytes stream = framed({"ab", "c"});
    ipc::FrameReader reader;
    int frames = 0;
    for (const std::byte b : stream) {
        REQUIRE(reader.feed({&b, 1}, [&](base::ByteView) {
            ++frames;
            return true;
        }));
    }
    CHECK(frames == 2);
}

TEST_CASE("frames: no body and too much of it break the stream") {
    const auto refuse = [](std::initializer_list<int> bytes) {
        base::Bytes stream;
        for (const int b : bytes)
            stream.push_back(static_cast<std::byte>(b));
        ipc::FrameReader reader;
        const auto fed = reader.feed(stream, [](base::ByteView) { return true; });
        return !fed && fed.error().code == Errc::limit_exceeded;
    };
    CHECK(refuse({0, 0, 0, 0}));
    CHECK(refuse({1, 0, 0x10, 0}));  // one more than allowed
    CHECK(refuse({0xff, 0xff, 0xff, 0xff}));
    CHECK_FALSE(refuse({0, 0, 0x10, 0}));  // exactly what is allowed
}

TEST_CASE("frames: a broken length is noticed however it arrives") {
    ipc::FrameReader reader;
    const std::byte zero{0};
    for (int i = 0; i < 3; ++i) {
        REQUIRE(reader.feed({&zero, 1}, [](base::ByteView) { return true; }));
    }
    CHECK_FALSE(reader.feed({&zero, 1}, [](base::ByteView) { return true; }));
}

TEST_CASE("frames: a receiver that has had enough sees no more") {
    const base::Bytes stream = framed({"a", "b", "c"});
    ipc::FrameReader reader;
    int frames = 0;
    REQUIRE(reader.feed(stream, [&](base::ByteView) { return ++frames < 2; }));
    CHECK(frames == 2);
}
