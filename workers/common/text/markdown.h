#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Reads Markdown as language models write it: emphasis, code, links, and of the blocks what chat
// networks can show. Headings become plain lines, quotations lose their mark, list items get a
// bullet, tables become code. What is not closed stays as it was written; nothing is an error.

#include <string_view>

#include "workers/common/text/styled_text.h"

namespace gw::text {

StyledText parse_markdown(std::string_view source);

}  // namespace gw::text
