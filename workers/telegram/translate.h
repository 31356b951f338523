#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// From an update of the Bot API to what the core hears. Pure; whatever is in an update is foreign.

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "proto/worker_to_core.pb.h"
#include "workers/telegram/update.h"

namespace gw::telegram {

// What an update says, without event id and cursor; nothing when it says nothing to anybody.
// Whether a reaction is wanted is not decided here.
std::optional<proto::MessageReceived> translate(json::Value update, const Self& self);

// A file beside a message.
struct File {
    std::string id;    // for getFile
    std::string kind;  // "image", "video", "audio", "document"
    std::string mime_type;
    std::string filename;
    std::uint64_t size = 0;  // as Telegram says, 0 when it does not

    bool operator==(const File&) const = default;
};
std::optional<File> find_file(json::Value update);

// The callback query that wants an answer, or nothing.
std::string callback_query_of(json::Value update);

}  // namespace gw::telegram
