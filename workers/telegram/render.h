#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Writes text as the HTML that the Bot API takes (parse_mode "HTML"): a handful of tags, strictly
// nested, nothing inside of code.

#include <string>

#include "workers/common/text/styled_text.h"

namespace gw::telegram {

std::string to_html(const text::StyledText& styled);

}  // namespace gw::telegram
