// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/target.h"

namespace gw::telegram {

namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::size_t kMinNameBytes = 5;
constexpr std::size_t kMaxNameBytes = 32;
constexpr std::size_t kMaxIdDigits = 18;  // fits 64 bits; Telegram uses 52

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= kMaxIdDigits &&
           text.find_first_not_of(kDigits) == std::string_view::npos;
}

bool is_name(std::string_view text) {
    return text.size() >= kMinNameBytes && text.size() <= kMaxNameBytes &&
           kDigits.find(text[0]) == std::string_view::npos &&
           text.find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") ==
               std::string_view::npos;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// A topic behind the last colon, taken off.
std::string take_thread(std::string_view& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || !is_number(text.substr(colon + 1))) return {};
    std::string thread(text.substr(colon + 1));
    text = text.substr(0, colon);
    if (text.ends_with(":topic")) text.remove_suffix(std::string_view(":topic").size());
    return thread;
}

}  // namespace

Result<Target> parse_target(std::string_view to) {
    std::string_view text = to;
    while (take_prefix(text, "telegram:") || take_prefix(text, "tg:") ||
           take_prefix(text, "group:")) {
    }
    const bool is_link = take_prefix(text, "https://t.me/") || take_prefix(text, "http://t.me/") ||
                         take_prefix(text, "t.me/");
    Target target;
    target.thread = take_thread(text);
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (!is_link && is_number(digits) && digits[0] != '0') {
        target.chat = text;
        return target;
    }
    if (!is_link) take_prefix(text, "@");
    if (is_name(text)) {
        target.chat = '@' + std::string(text);
        return target;
    }
    return fail(Errc::invalid_input,
                "not a Telegram chat: write its id (123456, -1001234567890), @name or t.me/name, "
                "and :topic:7 behind it for a topic");
}

}  // namespace gw::telegram
