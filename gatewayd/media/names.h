#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What strangers say about a file, made harmless: it is shown to people, kept in transcripts and
// handed to other networks. Pure.

#include <string>
#include <string_view>

#include "store/media.h"

namespace gw::media {

// "image/png"; what is no such thing is application/octet-stream.
std::string clean_mime_type(std::string_view claimed);

// The last part of a path, without control characters, brackets and leading dots, at most 128
// bytes of UTF-8; may be empty.
std::string clean_filename(std::string_view claimed);

// How a file appears in a text: [media: image/png, cat.png, 12 kB]
std::string note_of(const store::Media& media);

}  // namespace gw::media
