#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Splits what is too long for one message of a network. A style that is cut in two goes on in the
// next chunk, so a code block is closed and opened again.

#include <cstddef>
#include <vector>

#include "workers/common/text/styled_text.h"

namespace gw::text {

enum class ChunkMode {
    length,   // as few chunks as there must be
    newline,  // each paragraph its own
};

// Chunks of at most limit (above 1) UTF-16 units, cut at a paragraph, else a line, else a space,
// else anywhere between two code points. What is blank around a cut is dropped; a text of nothing
// but blanks has no chunks.
std::vector<StyledText> split(const StyledText& whole, std::size_t limit, ChunkMode mode);

}  // namespace gw::text
