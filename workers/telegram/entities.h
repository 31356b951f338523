#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The text of a message and what Telegram says of its parts. Offsets of entities count UTF-16
// units, and none of them is believed.

#include <string>

#include "base/json.h"
#include "workers/telegram/update.h"

namespace gw::telegram {

// The text or the caption, links in full: [label](url).
std::string read_text(json::Value message);

// Whether the text names the bot: @name, /command@name, or a mention of the bot without a name.
bool names(json::Value message, const Self& self);

}  // namespace gw::telegram
