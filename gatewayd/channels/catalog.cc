// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/catalog.h"

#include <algorithm>
#include <iterator>

namespace gw::channels {

namespace {

// In the order clients list them.
constexpr ChannelInfo kCatalog[] = {
    {"telegram", "Telegram", "Telegram Bot", "paperplane"},
    {"whatsapp", "WhatsApp", "WhatsApp Web", "message"},
    {"discord", "Discord", "Discord Bot", "bubble.left.and.bubble.right"},
    {"googlechat", "Google Chat", "Google Chat", "message.badge"},
    {"slack", "Slack", "Slack Bot", "number"},
    {"signal", "Signal", "Signal REST", "antenna.radiowaves.left.and.right"},
    {"imessage", "iMessage", "iMessage", "message.fill"},
    {"irc", "IRC", "Internet Relay Chat", "number"},
    {"echo", "Echo", "Echo", "arrow.uturn.left"},
};

struct Alias {
    std::string_view alias;
    std::string_view id;
};
constexpr Alias kAliases[] = {
    {"google-chat", "googlechat"}, {"gchat", "googlechat"}, {"imsg", "imessage"}};

const ChannelInfo* find(std::string_view id) {
    const auto* it = std::find_if(std::begin(kCatalog), std::end(kCatalog),
                                  [&](const ChannelInfo& info) { return info.id == id; });
    return it == std::end(kCatalog) ? nullptr : it;
}

}  // namespace

ChannelInfo info_of(std::string_view id) {
    if (const ChannelInfo* info = find(id)) return *info;
    return {.id = id, .label = id, .detail_label = id, .system_image = {}};
}

bool comes_before(std::string_view a, std::string_view b) {
    const ChannelInfo* first = find(a);
    const ChannelInfo* second = find(b);
    if (first != nullptr && second != nullptr) return first < second;
    if ((first == nullptr) != (second == nullptr)) return first != nullptr;
    return a < b;
}

std::string channel_id_of(std::string_view id_or_alias) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto first = id_or_alias.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    id_or_alias = id_or_alias.substr(first, id_or_alias.find_last_not_of(kBlank) - first + 1);
    std::string id(id_or_alias);
    for (char& c : id) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    for (const Alias& one : kAliases) {
        if (one.alias == id) return std::string(one.id);
    }
    return id;
}

}  // namespace gw::channels
