// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/tags.h"

#include <array>
#include <charconv>
#include <chrono>

#include "base/utf8.h"

namespace gw::irc {

namespace {

// Leaves room for what is put in front of it to make an event's id.
constexpr std::size_t kMaxIdTag = 480;

char unescaped(char c) {
    switch (c) {
        case ':': return ';';
        case 's': return ' ';
        case 'r': return '\r';
        case 'n': return '\n';
        default: return c;
    }
}

// A lone backslash at the end means nothing.
std::string unescape(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '\\') {
            out.push_back(value[i]);
        } else if (++i < value.size()) {
            out.push_back(unescaped(value[i]));
        }
    }
    return out;
}

std::optional<int> find_number(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

}  // namespace

std::optional<std::string> find_tag(std::string_view tags, std::string_view key) {
    std::optional<std::string> found;
    while (!tags.empty()) {
        const std::string_view tag = tags.substr(0, tags.find(';'));
        tags.remove_prefix(std::min(tag.size() + 1, tags.size()));
        const std::size_t equals = std::min(tag.find('='), tag.size());
        if (tag.substr(0, equals) != key) continue;
        found = equals == tag.size() ? std::string() : unescape(tag.substr(equals + 1));
    }
    return found;
}

std::string escape_tag(std::string_view value) {
    std::string out;
    for (const char c : value) {
        switch (c) {
            case ';': out += "\\:"; break;
            case ' ': out += "\\s"; break;
            case '\\': out += "\\\\"; break;
            case '\r': out += "\\r"; break;
            case '\n': out += "\\n"; break;
            case '\0': break;  // cannot be said
            default: out.push_back(c);
        }
    }
    return out;
}

std::optional<std::string> find_id_tag(std::string_view tags, std::string_view key) {
    auto value = find_tag(tags, key);
    const bool is_id =
        value && !value->empty() && value->size() <= kMaxIdTag && base::is_utf8(*value);
    return is_id ? std::move(value) : std::nullopt;
}

std::optional<std::string> find_account(std::string_view tags) {
    auto account = find_id_tag(tags, "account");
    // "*" is nobody; with a "!" it would pass for a nick!user@host.
    if (account && (*account == "*" || account->find('!') != std::string::npos)) return {};
    return account;
}

std::string find_reply(std::string_view tags) {
    auto id = find_id_tag(tags, "+reply");
    if (!id) id = find_id_tag(tags, "+draft/reply");
    return id.value_or("");
}

std::optional<std::int64_t> find_time(std::string_view tags) {
    const auto value = find_tag(tags, "time");
    constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.dddZ";
    if (!value || value->size() != kForm.size()) return std::nullopt;
    for (std::size_t i = 0; i < kForm.size(); ++i) {
        if (kForm[i] != 'd' && (*value)[i] != kForm[i]) return std::nullopt;
    }
    const std::string_view text = *value;
    std::array<int, 7> parts{};
    constexpr std::array<std::pair<std::size_t, std::size_t>, 7> kPlaces = {
        {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}, {20, 3}}};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto number = find_number(text.substr(kPlaces[i].first, kPlaces[i].second));
        if (!number) return std::nullopt;
        parts[i] = *number;
    }
    namespace time = std::chrono;
    const time::year_month_day day{time::year(parts[0]),
                                   time::month(static_cast<unsigned>(parts[1])),
                                   time::day(static_cast<unsigned>(parts[2]))};
    if (!day.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 60) return std::nullopt;
    const auto moment = time::sys_days(day) + time::hours(parts[3]) + time::minutes(parts[4]) +
                        time::seconds(parts[5]) + time::milliseconds(parts[6]);
    return time::duration_cast<time::milliseconds>(moment.time_since_epoch()).count();
}

}  // namespace gw::irc
