// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// Which file of a message is fetched, and as what.

#include <algorithm>
#include <string_view>

#include "base/utf8.h"
#include "workers/telegram/placeholders.h"
#include "workers/telegram/translate.h"

namespace gw::telegram {

namespace {

constexpr std::size_t kMaxNameBytes = 200;

struct Kind {
    std::string_view key;  // in the message
    std::string_view kind;
    std::string_view mime_type;  // where Telegram says none
    std::string_view filename;
};

// An animation comes with the same file as a document, so it is looked for first.
constexpr Kind kKinds[] = {
    {"animation", "video", "video/mp4", "animation.mp4"},
    {"video", "video", "video/mp4", "video.mp4"},
    {"video_note", "video", "video/mp4", "video-note.mp4"},
    {"audio", "audio", "audio/mpeg", "audio.mp3"},
    {"voice", "audio", "audio/ogg", "voice.ogg"},
    {"document", "document", "application/octet-stream", "document"},
};

std::uint64_t size_of(json::Value file) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, find_integer(file, "file_size").value_or(0)));
}

std::optional<File> find_photo(json::Value message) {
    const auto sizes = find_array(message, "photo");
    std::optional<File> largest;
    std::int64_t most = -1;
    for (std::size_t i = 0; sizes && i < sizes->size(); ++i) {
        const json::Value one = sizes->element(i);
        const std::int64_t width = std::clamp<std::int64_t>(find_integer(one, "width").value_or(0),
                                                            0, std::int64_t{1} << 30);
        const std::int64_t height = std::clamp<std::int64_t>(
            find_integer(one, "height").value_or(0), 0, std::int64_t{1} << 30);
        std::string id = text_of(one, "file_id");
        if (id.empty() || width * height <= most) continue;
        most = width * height;
        largest = File{std::move(id), "image", "image/jpeg", "photo.jpg", size_of(one)};
    }
    return largest;
}

std::string or_else(std::string text, std::string_view otherwise) {
    return text.empty() ? std::string(otherwise)
                        : std::string(base::utf8_prefix(text, kMaxNameBytes));
}

std::optional<File> find_file_of(json::Value message) {
    if (auto photo = find_photo(message)) return photo;
    for (const Kind& kind : kKinds) {
        const auto found = find_object(message, kind.key);
        std::string id = found ? text_of(*found, "file_id") : std::string();
        if (id.empty()) continue;
        return File{std::move(id), std::string(kind.kind),
                    or_else(text_of(*found, "mime_type"), kind.mime_type),
                    or_else(text_of(*found, "file_name"), kind.filename), size_of(*found)};
    }
    return std::nullopt;
}

}  // namespace

std::optional<File> find_file(json::Value update) {
    const auto message = find_object(update, "message");
    return message ? find_file_of(*message) : std::nullopt;
}

bool has_file(json::Value message) {
    return find_file_of(message).has_value();
}

}  // namespace gw::telegram
