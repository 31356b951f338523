#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The inside of a paragraph: emphasis, code, links, escapes. Private to the Markdown reader.

#include <string_view>

#include "workers/common/text/styled_text.h"

namespace gw::text {

// Appends what source says, with its spans.
void append_inline(StyledText& out, std::string_view source);

}  // namespace gw::text
