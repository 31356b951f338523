// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/context.h"

#include <algorithm>

#include "base/clock.h"
#include "base/utf8.h"

namespace gw::channels {

namespace {

// Of each line that only gives context.
constexpr std::size_t kMaxLineBytes = 2000;

std::string shortened(const std::string& text) {
    std::string out(base::utf8_prefix(text, kMaxLineBytes));
    if (out.size() < text.size()) out += "…";
    return out;
}

// In one line: a second one could claim to be another event.
std::string system_line(const store::Inbound& row) {
    std::string text = shortened(row.text);
    std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return "System: [" + date_and_time(row.received_ms) + " UTC] " + text + "\n";
}

}  // namespace

std::string date_and_time(std::int64_t ms) {
    std::string text = base::rfc3339(ms).substr(0, 19);
    text[10] = ' ';
    return text;
}

std::string line_of(const store::Inbound& row) {
    if (row.chat_type == "direct") return row.text;
    return (row.sender_name.empty() ? row.sender_id : row.sender_name) + ": " + row.text;
}

std::string with_context(const std::vector<store::Inbound>& waiting, const std::string& line) {
    std::string happenings;
    std::string heard;
    const std::string* last = nullptr;
    for (const store::Inbound& row : waiting) {
        if (row.context == store::Context::heard) {
            heard += shortened(line_of(row)) + "\n";
        } else if (last == nullptr || *last != row.text) {
            happenings += system_line(row);
            last = &row.text;
        }
    }
    if (!happenings.empty()) happenings += "\n";
    if (heard.empty()) return happenings + line;
    return happenings + "[Chat messages since your last reply - for context]\n" + heard +
           "\n[Current message - respond to this]\n" + line;
}

}  // namespace gw::channels
