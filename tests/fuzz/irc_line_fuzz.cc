// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// A server's line may hold anything: what is made of it is UTF-8, and what is said back is lines.

#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/utf8.h"
#include "workers/irc/batches.h"
#include "workers/irc/capabilities.h"
#include "workers/irc/server_features.h"
#include "workers/irc/tags.h"
#include "workers/irc/translate.h"

namespace {

using namespace gw;
using namespace gw::irc;

void take_line(std::string_view text) {
    const auto line = parse_line(text);
    if (!line) return;
    for (const char* key : {"msgid", "time", "account", "label", "batch"}) {
        const auto value = find_tag(line->tags, key);
        if (!value || value->find('\0') != std::string::npos) continue;
        GW_ASSERT(find_tag("k=" + escape_tag(*value), "k") == value, "escapes come back");
    }
    if (const auto id = find_id_tag(line->tags, "msgid")) GW_ASSERT(base::is_utf8(*id), "an id");
    static_cast<void>(find_time(line->tags));
    static_cast<void>(find_account(line->tags));
    Batches batches;
    static_cast<void>(batches.on_batch(*line));
    Capabilities capabilities(true);
    for (const std::string& answer : capabilities.on_cap(*line))
        GW_ASSERT(answer.starts_with("CAP REQ :"), "an answer");
    ServerFeatures features;
    features.take(*line);
    GW_ASSERT(features.line_bytes >= 512 && features.line_bytes <= 8192, "a length");
    GW_ASSERT(base::is_utf8(last_words(*line)), "words");
    const auto said = find_said(line->param(1), "nick");
    if (!said) return;
    GW_ASSERT(base::is_utf8(*said), "what was said");
    GW_ASSERT(base::is_utf8(find_address(*said, "bot", features.mapping).text), "a text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    take_line(text.substr(0, text.find('\n')));
    const std::string utf8 = to_utf8(text);
    GW_ASSERT(base::is_utf8(utf8), "anything becomes UTF-8");
    for (const std::string& piece : split_text(utf8, 64)) {
        GW_ASSERT(!piece.empty() && piece.size() <= 64 && base::is_utf8(piece), "a piece fits");
        GW_ASSERT(piece.find_first_of(std::string_view("\r\n\0\x01", 4)) == std::string::npos,
                  "a piece is one line");
    }
    return 0;
}
