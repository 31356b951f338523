#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// ServerFeatures: what a server says of itself in its greeting (ISUPPORT, numeric 005). Pure;
// foreign.

#include <cstddef>
#include <string>

#include "workers/irc/translate.h"

namespace gw::irc {

struct ServerFeatures {
    CaseMapping mapping = CaseMapping::rfc1459;
    std::string channel_types{kUsualChannelTypes};
    std::size_t line_bytes = 512;   // with CR LF, without tags (LINELEN); never less
    std::size_t nick_bytes = 0;     // NICKLEN; 0: not said
    std::size_t history_lines = 0;  // at once (CHATHISTORY); 0: not said, or no bound

    // What a 005 line adds.
    void take(const Line& line);
};

}  // namespace gw::irc
