#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// In words what is not text: stickers, places, contacts, and what happened to a chat.

#include <string>
#include <string_view>

#include "base/json.h"

namespace gw::telegram {

// Whether a file comes with the message that is fetched for it.
bool has_file(json::Value message);

// What a message holds besides text and a file; empty: nothing.
std::string placeholder_of(json::Value message);

// Who said it first, of a forwarded message or a reply into another chat; empty when it is neither.
std::string origin_of(json::Value message, std::string_view key);

// What a service message says happened; empty when it is none, or says nothing worth telling.
std::string service_words(json::Value message);

}  // namespace gw::telegram
