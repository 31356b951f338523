// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/create.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "base/fd.h"
#include "store/database.h"
#include "store/migrations/migrate.h"

namespace gw::store {

namespace {

Result<void> sync(const std::string& path, int flags) {
    const base::Fd fd(::open(path.c_str(), flags | O_CLOEXEC));
    if (!fd.is_open() || ::fsync(fd.get()) != 0) return fail_errno("sync " + path);
    return {};
}

// Closed when this returns: everything is in the one file.
Result<void> fill(const std::string& path) {
    TRY(const auto db, Database::open(path, Database::Mode::create));
    TRY_VOID(migrate(*db));
    return db->execute("PRAGMA journal_mode = WAL");
}

}  // namespace

Result<void> create_missing(const std::string& path) {
    if (::access(path.c_str(), F_OK) == 0) return {};
    const std::string beside = path + ".new";
    for (const char* suffix : {"", "-journal", "-wal", "-shm"})
        ::unlink((beside + suffix).c_str());
    TRY_VOID(fill(beside));
    TRY_VOID(sync(beside, O_RDONLY));
    if (std::rename(beside.c_str(), path.c_str()) != 0) return fail_errno("rename " + beside);
    const std::size_t slash = path.rfind('/');
    return sync(slash == std::string::npos ? "." : path.substr(0, slash), O_RDONLY | O_DIRECTORY);
}

}  // namespace gw::store
