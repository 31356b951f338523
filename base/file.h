#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Whole small files: configuration, tokens, /proc. Never on a hot path.

#include "base/result.h"

#include <string>
#include <string_view>

namespace gw::base {

// Reads at most limit bytes; a larger file is Errc::limit_exceeded, a missing one Errc::not_found.
Result<std::string> read_file(const std::string& path, std::size_t limit = 16U << 20);

// Replaces path atomically (temporary file, fsync, rename) with the given mode.
Result<void> write_file(const std::string& path, std::string_view content, unsigned mode = 0600);

// Makes path and its missing parents, each with mode.
Result<void> make_directories(const std::string& path, unsigned mode = 0700);

}  // namespace gw::base
