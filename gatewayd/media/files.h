#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The directory of files. Everything here blocks and is called on the store's threads only, with
// names that we made ourselves.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/media.h"

namespace gw::media {

// Where files are below a gateway's state.
std::string directory_in(const std::string& state_dir);

// Adds a piece to a file that has offset bytes; the first one makes it (mode 0600).
Result<void> append_piece(const std::string& directory, const std::string& id, std::uint64_t offset,
                          std::string_view piece);

// The file has that size, and it and its name survive a crash from here on.
Result<void> seal(const std::string& directory, const std::string& id, std::uint64_t size);

// Up to size bytes from offset on; fewer at the end only.
Result<std::string> read_piece(const std::string& directory, const std::string& id,
                               std::uint64_t offset, std::size_t size);

// A file that is not there is no failure.
void remove(const std::string& directory, const std::string& id);

// Removes rows that nothing names and files without a row, if they are older than before_ms.
// Returns how many files went.
Result<std::size_t> sweep(store::Database& db, const std::string& directory,
                          std::int64_t before_ms);

}  // namespace gw::media
