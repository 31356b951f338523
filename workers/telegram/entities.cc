// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/entities.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "workers/common/text/utf16.h"

namespace gw::telegram {

namespace {

// Telegram has 100 at most; a self-hosted server may say anything.
constexpr std::size_t kMaxEntities = 1000;
// What a message can hold, with much to spare: the core takes no text above half a megabyte.
constexpr std::size_t kMaxTextBytes = 64 * 1024;

struct Entity {
    std::string type;
    json::Value value;
    std::size_t begin = 0;  // bytes
    std::size_t end = 0;
};

std::string plain_text(json::Value message) {
    std::string text = text_of(message, "text");
    if (text.empty()) text = text_of(message, "caption");
    return std::string(base::utf8_prefix(text, kMaxTextBytes));
}

std::vector<Entity> entities_of(json::Value message, std::string_view text) {
    std::vector<Entity> entities;
    auto list = find_array(message, "entities");
    if (!list) list = find_array(message, "caption_entities");
    for (std::size_t i = 0; list && i < std::min(list->size(), kMaxEntities); ++i) {
        const json::Value value = list->element(i);
        const auto offset = find_integer(value, "offset");
        const auto length = find_integer(value, "length");
        const auto size = static_cast<std::int64_t>(text.size());
        if (!offset || !length || *offset < 0 || *length <= 0 || *offset > size || *length > size) {
            continue;
        }
        const auto unit = static_cast<std::size_t>(*offset);
        const std::size_t begin = text::byte_of_unit(text, unit);
        const std::size_t end =
            begin + text::byte_of_unit(text.substr(begin), static_cast<std::size_t>(*length));
        if (begin < end) entities.push_back({text_of(value, "type"), value, begin, end});
    }
    return entities;
}

bool equal_names(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

}  // namespace

std::string read_text(json::Value message) {
    std::string text = plain_text(message);
    std::vector<Entity> links = entities_of(message, text);
    std::erase_if(links, [](const Entity& entity) { return entity.type != "text_link"; });
    // From the end, so that what comes before keeps its place.
    std::sort(links.begin(), links.end(), [](const Entity& a, const Entity& b) {
        return std::pair(a.begin, a.end) > std::pair(b.begin, b.end);
    });
    std::size_t untouched = text.size();
    for (const Entity& link : links) {
        const std::string url = text_of(link.value, "url");
        if (url.empty() || link.end > untouched || text.size() > kMaxTextBytes) continue;
        const std::string label = text.substr(link.begin, link.end - link.begin);
        if (label != url) {
            text.replace(link.begin, link.end - link.begin, '[' + label + "](" + url + ')');
        }
        untouched = link.begin;
    }
    return text.size() <= 2 * kMaxTextBytes ? text
                                            : std::string(base::utf8_prefix(text, kMaxTextBytes));
}

bool names(json::Value message, const Self& self) {
    const std::string text = plain_text(message);
    for (const Entity& entity : entities_of(message, text)) {
        const std::string_view said =
            std::string_view(text).substr(entity.begin, entity.end - entity.begin);
        const std::size_t at = said.find('@');
        const bool is_by_name = entity.type == "mention" || entity.type == "bot_command";
        if (is_by_name && at != std::string_view::npos && !self.username.empty() &&
            equal_names(said.substr(at + 1), self.username)) {
            return true;
        }
        if (entity.type != "text_mention") continue;
        const auto user = find_object(entity.value, "user");
        if (user && find_integer(*user, "id") == self.id) return true;
    }
    return false;
}

}  // namespace gw::telegram
