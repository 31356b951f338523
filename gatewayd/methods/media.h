#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Files that clients hand over inside a request.

#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "gatewayd/channels/target.h"
#include "store/media.h"
#include "store/store.h"

namespace gw::methods {

struct GivenAttachment {
    std::string_view content;  // base64, or a data: URL
    std::string filename;
    std::string content_type;  // wins over the one of a data: URL
};

struct Attachment {
    store::Media row;
    base::Bytes bytes;
};

// Errc::invalid_input with the reference's words when it is no file, or too large.
Result<Attachment> read_attachment(const GivenAttachment& given, const channels::Target& target,
                                   std::int64_t now_ms);

// The work that puts the file on disk, for the transaction of whatever names it.
std::function<Result<void>(store::Database&)> keep(Attachment attachment,
                                                   const std::string& state_dir);

}  // namespace gw::methods
