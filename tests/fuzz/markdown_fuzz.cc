// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Whatever is written, its chunks fit, and no style reaches beyond its text.

#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "workers/common/text/chunks.h"
#include "workers/common/text/markdown.h"
#include "workers/common/text/utf16.h"
#include "workers/telegram/render.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gw;
    const std::string_view source(reinterpret_cast<const char*>(data), size);
    if (!base::is_utf8(source)) return 0;
    const auto styled = text::parse_markdown(source);
    for (const auto& chunk : text::split(styled, 20, text::ChunkMode::length)) {
        GW_ASSERT(!chunk.text.empty() && text::utf16_length(chunk.text) <= 20, "a chunk fits");
        GW_ASSERT(base::is_utf8(chunk.text), "no code point is cut");
        for (const text::Span& span : chunk.spans)
            GW_ASSERT(span.begin < span.end && span.end <= chunk.text.size(), "a span fits");
        GW_ASSERT(telegram::to_html(chunk).size() >= chunk.text.size(), "nothing is lost");
    }
    return 0;
}
