#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the operator configured for a Telegram account.

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "proto/core_to_worker.pb.h"
#include "workers/common/text/chunks.h"

namespace gw::telegram {

enum class ReactionsOf { nobody, own, all };  // whose messages' reactions are told

struct Settings {
    base::Secret token;
    std::string api_root = "https://api.telegram.org";  // without a slash at its end
    std::string proxy;                                  // empty: none
    std::string ca_file;                                // empty: those of the system
    std::string webhook_url;                            // empty: updates are polled for
    base::Secret webhook_secret;
    std::size_t text_limit = 4000;  // UTF-16 units in one message
    text::ChunkMode chunk_mode = text::ChunkMode::length;
    ReactionsOf reactions = ReactionsOf::own;
    bool has_link_preview = true;
    std::size_t max_media_bytes = 5U << 20;  // of a file that comes in
    std::chrono::seconds poll_timeout{30};
};

// Errc::invalid_input says which key is wrong and how it is meant.
Result<Settings> read_settings(const proto::Configure& configure);

}  // namespace gw::telegram
