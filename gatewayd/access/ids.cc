// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/access/ids.h"

#include <algorithm>

namespace gw::access {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool has_prefix(std::string_view id, std::string_view word) {
    return id.size() > word.size() && id[word.size()] == ':' &&
           is_same(id.substr(0, word.size()), word);
}

}  // namespace

bool is_same(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string lowered(std::string_view id) {
    std::string out(id);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

std::string_view without_prefix(std::string_view channel, std::string_view id) {
    constexpr std::string_view kTelegramShort = "tg";
    if (has_prefix(id, channel)) return id.substr(channel.size() + 1);
    if (channel == "telegram" && has_prefix(id, kTelegramShort)) {
        return id.substr(kTelegramShort.size() + 1);
    }
    return id;
}

}  // namespace gw::access
