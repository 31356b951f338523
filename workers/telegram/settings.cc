// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/settings.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/json.h"

namespace gw::telegram {

namespace {

constexpr std::string_view kTokenHelp =
    "is missing or malformed: set it to what @BotFather gave you, such as \"123456:ABC-DEF\"";

std::unexpected<Error> wrong(std::string_view key, std::string_view how) {
    return fail(Errc::invalid_input,
                "channels.telegram." + std::string(key) + ' ' + std::string(how));
}

Result<std::string> read_text(json::Value object, std::string_view key, std::string otherwise) {
    const auto found = object.find(key);
    if (!found) return otherwise;
    if (!found->is_string()) return wrong(key, "must be a string");
    return std::string(found->string());
}

Result<std::int64_t> read_integer(json::Value object, std::string_view key, std::int64_t low,
                                  std::int64_t high, std::int64_t otherwise) {
    const auto found = object.find(key);
    if (!found) return otherwise;
    if (!found->is_integer() || found->integer() < low || found->integer() > high) {
        return wrong(
            key, "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return found->integer();
}

template <typename T, std::size_t N>
Result<T> read_word(json::Value object, std::string_view key,
                    const std::array<std::pair<std::string_view, T>, N>& words, T otherwise) {
    const auto found = object.find(key);
    if (!found) return otherwise;
    std::string known;
    for (const auto& [word, value] : words) {
        if (found->is_string() && found->string() == word) return value;
        known += (known.empty() ? "\"" : ", \"") + std::string(word) + '"';
    }
    return wrong(key, "must be one of " + known);
}

Result<std::string> read_url(json::Value object, std::string_view key, std::string otherwise) {
    TRY(std::string url, read_text(object, key, std::move(otherwise)));
    while (url.ends_with('/'))
        url.pop_back();
    const bool has_scheme = url.starts_with("https://") || url.starts_with("http://");
    if (!url.empty() && (!has_scheme || url.find_first_of(" \t\r\n?#") != std::string::npos)) {
        return wrong(key, "must be a URL such as \"https://example.org\"");
    }
    return url;
}

// It becomes part of a path: <number>:<letters, digits, - and _>.
bool is_token(std::string_view text) {
    const auto colon = text.find(':');
    return colon != std::string_view::npos && colon > 0 && colon + 1 < text.size() &&
           text.substr(0, colon).find_first_not_of("0123456789") == std::string_view::npos &&
           text.substr(colon + 1).find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
               "abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

bool is_webhook_secret(std::string_view text) {
    return !text.empty() && text.size() <= 256 &&
           text.find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
               "0123456789-_") == std::string_view::npos;
}

base::Secret secret_of(const proto::Configure& configure, const std::string& key) {
    const auto found = configure.secrets().find(key);
    return found == configure.secrets().end() ? base::Secret() : base::Secret(found->second);
}

Result<void> read_access(const proto::Configure& configure, json::Value object,
                         Settings& settings) {
    settings.token = secret_of(configure, "botToken");
    // Only the core can read files; it says why it could not.
    TRY(const std::string problem, read_text(object, "tokenFileProblem", ""));
    if (!problem.empty()) return wrong("tokenFile", problem);
    if (!is_token(settings.token.reveal())) return wrong("botToken", kTokenHelp);
    TRY(settings.api_root, read_url(object, "apiRoot", settings.api_root));
    if (settings.api_root.empty()) return wrong("apiRoot", "must not be empty");
    TRY(settings.proxy, read_text(object, "proxy", ""));
    TRY(settings.ca_file, read_text(object, "caFile", ""));
    TRY(settings.webhook_url, read_url(object, "webhookUrl", ""));
    settings.webhook_secret = secret_of(configure, "webhookSecret");
    if (!settings.webhook_url.empty() && !is_webhook_secret(settings.webhook_secret.reveal())) {
        return wrong("webhookSecret",
                     "must be 1 to 256 letters, digits, - and _ where webhookUrl is set: it is how "
                     "Telegram's requests are told from others");
    }
    return {};
}

}  // namespace

Result<Settings> read_settings(const proto::Configure& configure) {
    json::Parser parser;
    TRY(const json::Value object, parser.parse(configure.settings_json()));
    if (!object.is_object())
        return fail(Errc::invalid_input, "channels.telegram must be an object");
    Settings settings;
    TRY_VOID(read_access(configure, object, settings));
    TRY(const std::int64_t limit, read_integer(object, "textChunkLimit", 100, 4000, 4000));
    settings.text_limit = static_cast<std::size_t>(limit);
    using text::ChunkMode;
    constexpr std::array<std::pair<std::string_view, ChunkMode>, 2> kModes{
        {{"length", ChunkMode::length}, {"newline", ChunkMode::newline}}};
    TRY(settings.chunk_mode, read_word(object, "chunkMode", kModes, settings.chunk_mode));
    constexpr std::array<std::pair<std::string_view, ReactionsOf>, 3> kReactions{
        {{"off", ReactionsOf::nobody}, {"own", ReactionsOf::own}, {"all", ReactionsOf::all}}};
    TRY(settings.reactions,
        read_word(object, "reactionNotifications", kReactions, settings.reactions));
    if (const auto preview = object.find("linkPreview")) {
        if (!preview->is_bool()) return wrong("linkPreview", "must be true or false");
        settings.has_link_preview = preview->boolean();
    }
    TRY(const std::int64_t megabytes, read_integer(object, "mediaMaxMb", 0, 20, 5));
    settings.max_media_bytes = static_cast<std::size_t>(megabytes) << 20;
    TRY(const std::int64_t seconds, read_integer(object, "pollTimeoutSeconds", 1, 50, 30));
    settings.poll_timeout = std::chrono::seconds(seconds);
    return settings;
}

}  // namespace gw::telegram
