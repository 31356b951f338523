// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/settings.h"

#include "base/json.h"
#include "workers/irc/translate.h"

namespace gw::irc {

namespace {

// What channels begin with anywhere (RFC 2811 §2.1); a server may know fewer.
constexpr std::string_view kChannelTypes = "#&+!";

std::unexpected<Error> wrong(const std::string& key, const std::string& how) {
    return fail(Errc::invalid_input, "channels.irc." + key + ' ' + how);
}

// It ends up on a line of the protocol.
Result<std::string> one_line(std::string_view key, std::string text) {
    if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
        return wrong(std::string(key), "must be one line");
    }
    return text;
}

Result<std::string> read_text(json::Value object, std::string_view key, std::string otherwise) {
    const auto found = object.find(key);
    if (!found) return otherwise;
    if (!found->is_string()) return wrong(std::string(key), "must be a string");
    return one_line(key, std::string(found->string()));
}

Result<std::int64_t> read_integer(json::Value object, const std::string& key, std::int64_t low,
                                  std::int64_t high, std::int64_t otherwise) {
    const auto found = object.find(key);
    if (!found) return otherwise;
    if (!found->is_integer() || found->integer() < low || found->integer() > high) {
        return wrong(
            key, "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return found->integer();
}

Result<std::vector<std::string>> read_channels(json::Value object) {
    std::vector<std::string> channels;
    const auto found = object.find("channels");
    if (!found) return channels;
    if (!found->is_array()) return wrong("channels", "must be a list of channel names");
    for (std::size_t i = 0; i < found->size(); ++i) {
        const json::Value name = found->element(i);
        if (!name.is_string() || is_nick(name.string()) ||
            !is_target(name.string(), kChannelTypes)) {
            return wrong("channels[" + std::to_string(i) + ']', "must be a name such as \"#chat\"");
        }
        channels.emplace_back(name.string());
    }
    return channels;
}

}  // namespace

Result<Settings> read_settings(const proto::Configure& configure) {
    json::Parser parser;
    TRY(const json::Value object, parser.parse(configure.settings_json()));
    if (!object.is_object()) return fail(Errc::invalid_input, "channels.irc must be an object");
    Settings settings;
    TRY(settings.host, read_text(object, "host", ""));
    if (settings.host.empty()) return wrong("host", "must name the server");
    TRY(settings.nick, read_text(object, "nick", ""));
    if (!is_nick(settings.nick)) return wrong("nick", "must be a nickname such as \"bot\"");
    TRY(settings.username, read_text(object, "username", "gatewayd"));
    if (!is_word(settings.username)) return wrong("username", "must be a word");
    TRY(settings.realname, read_text(object, "realname", settings.nick));
    TRY(const std::int64_t port, read_integer(object, "port", 1, 65535, 6667));
    settings.port = static_cast<std::uint16_t>(port);
    TRY(const std::int64_t delay, read_integer(object, "floodDelayMs", 0, 60'000, 500));
    settings.flood_delay = std::chrono::milliseconds(delay);
    TRY(settings.channels, read_channels(object));
    const auto tls = object.find("tls");
    if (tls && (!tls->is_bool() || tls->boolean())) {
        return wrong("tls", "is not supported yet: set it to false, or leave it out");
    }
    const auto password = configure.secrets().find("password");
    if (password != configure.secrets().end()) {
        TRY(std::string line, one_line("password", password->second));
        settings.password = base::Secret(std::move(line));
    }
    return settings;
}

}  // namespace gw::irc
