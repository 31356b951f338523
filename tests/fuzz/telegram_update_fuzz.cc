// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Whatever Telegram calls an update becomes a message that the core takes, or nothing.

#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "ipc/limits.h"
#include "workers/telegram/translate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gw;
    json::Parser parser;
    const auto update = parser.parse({reinterpret_cast<const char*>(data), size});
    if (!update) return 0;
    static_cast<void>(telegram::find_file(*update));
    static_cast<void>(telegram::chat_of(*update));
    const auto message = telegram::translate(*update, {.id = 42, .username = "gatebot"});
    if (!message) return 0;
    GW_ASSERT(!message->peer().empty() && message->peer().size() <= ipc::kMaxIdBytes,
              "the peer fits");
    GW_ASSERT(!message->sender_id().empty(), "somebody said it");
    GW_ASSERT(message->text().size() <= 512 * 1024, "the text fits");
    GW_ASSERT(base::is_utf8(message->text()) && base::is_utf8(message->quoted_text()),
              "texts are UTF-8");
    return 0;
}
