// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/sessions/transcript.h"

#include "base/json.h"

namespace gw::sessions {

namespace {

void write_content(json::Writer& writer, std::string_view text) {
    writer.key("content").begin_array();
    writer.begin_object().field("type", "text").field("text", text).end_object();
    writer.end_array();
}

// Clients add the usage of lines up, so every assistant line has one; ours cost nothing.
void write_zero_usage(json::Writer& writer) {
    writer.key("usage").begin_object();
    for (const char* field : {"input", "output", "cacheRead", "cacheWrite", "totalTokens"}) {
        writer.field(field, 0);
    }
    writer.key("cost").begin_object();
    for (const char* field : {"input", "output", "cacheRead", "cacheWrite", "total"}) {
        writer.field(field, 0);
    }
    writer.end_object().end_object();
}

std::string assistant_line(std::string_view text, const Author& author,
                           std::string_view stop_reason, std::int64_t timestamp_ms) {
    std::string out;
    json::Writer writer(out);
    writer.begin_object().field("role", "assistant");
    write_content(writer, text);
    writer.field("api", author.api).field("provider", author.provider);
    writer.field("model", author.model);
    write_zero_usage(writer);
    writer.field("stopReason", stop_reason).field("timestamp", timestamp_ms).end_object();
    return out;
}

}  // namespace

std::string user_message(std::string_view text, std::int64_t timestamp_ms) {
    std::string out;
    json::Writer writer(out);
    writer.begin_object().field("role", "user");
    write_content(writer, text);
    writer.field("timestamp", timestamp_ms).end_object();
    return out;
}

std::string assistant_message(std::string_view text, const Author& author,
                              std::int64_t timestamp_ms) {
    return assistant_line(text, author, "stop", timestamp_ms);
}

std::string notice_message(std::string_view text, std::int64_t timestamp_ms) {
    return assistant_line(text, kNoticeAuthor, "injected", timestamp_ms);
}

std::string injected_message(std::string_view text, std::int64_t timestamp_ms) {
    std::string out;
    json::Writer writer(out);
    writer.begin_object().field("role", "assistant");
    write_content(writer, text);
    writer.field("timestamp", timestamp_ms).field("stopReason", "injected");
    writer.key("usage").begin_object();
    writer.field("input", 0).field("output", 0).field("totalTokens", 0);
    writer.end_object().end_object();
    return out;
}

}  // namespace gw::sessions
