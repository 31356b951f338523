// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/media/names.h"

#include <algorithm>

#include "base/utf8.h"

namespace gw::media {

namespace {

constexpr std::size_t kMaxTypeBytes = 100;
constexpr std::size_t kMaxNameBytes = 128;

bool is_type_part(std::string_view text) {
    return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.+-_") ==
                                std::string_view::npos;
}

std::string size_text(std::uint64_t size) {
    constexpr std::uint64_t kKilo = 1000;
    if (size < kKilo) return std::to_string(size) + " B";
    if (size < kKilo * kKilo) return std::to_string((size + kKilo / 2) / kKilo) + " kB";
    const std::uint64_t tenths = (size + kKilo * kKilo / 20) / (kKilo * kKilo / 10);
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " MB";
}

}  // namespace

std::string clean_mime_type(std::string_view claimed) {
    std::string type(claimed.substr(0, claimed.find(';')));
    while (type.ends_with(' '))
        type.pop_back();
    std::transform(type.begin(), type.end(), type.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const std::size_t slash = type.find('/');
    const bool is_type = slash != std::string::npos && type.size() <= kMaxTypeBytes &&
                         is_type_part(std::string_view(type).substr(0, slash)) &&
                         is_type_part(std::string_view(type).substr(slash + 1));
    return is_type ? type : "application/octet-stream";
}

std::string clean_filename(std::string_view claimed) {
    if (!base::is_utf8(claimed)) return {};
    const std::size_t slash = claimed.find_last_of("/\\");
    if (slash != std::string_view::npos) claimed.remove_prefix(slash + 1);
    std::string name;
    for (const char c : claimed) {
        const bool is_control = static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        const bool is_ours = c == '[' || c == ']';  // ends the note that it stands in
        const bool is_leading_dot = c == '.' && name.empty();
        if (!is_control && !is_ours && !is_leading_dot) name += c;
    }
    return std::string(base::utf8_prefix(name, kMaxNameBytes));
}

std::string note_of(const store::Media& media) {
    std::string note = "[media: " + media.mime_type;
    if (!media.filename.empty()) note += ", " + media.filename;
    return note + ", " + size_text(media.size) + ']';
}

}  // namespace gw::media
