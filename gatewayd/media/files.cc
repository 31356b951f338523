// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/media/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/fd.h"

namespace gw::media {

namespace {

std::string path_of(const std::string& directory, const std::string& id) {
    return directory + '/' + id;
}

Result<base::Fd> open_file(const std::string& path, int flags) {
    base::Fd fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.is_open()) return fail_errno("open a media file");
    return fd;
}

Result<std::uint64_t> size_of(const base::Fd& fd) {
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) return fail_errno("look at a media file");
    return static_cast<std::uint64_t>(status.st_size);
}

Result<void> write_all(const base::Fd& fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail_errno("write a media file");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> sync_directory(const std::string& directory) {
    TRY(const base::Fd fd, open_file(directory, O_RDONLY | O_DIRECTORY));
    if (::fsync(fd.get()) != 0) return fail_errno("sync the directory " + directory);
    return {};
}

// Made with the first file. A directory that is not on the disk takes its files along.
Result<void> make_directory(const std::string& directory) {
    if (::mkdir(directory.c_str(), 0700) == 0) {
        return sync_directory(directory.substr(0, directory.rfind('/')));
    }
    if (errno == EEXIST) return {};
    return fail_errno("make the media directory");
}

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

// Whether a directory entry is a file that nobody can name any more.
Result<bool> is_left_over(store::Database& db, const std::string& path, const std::string& id,
                          std::int64_t before_ms) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
    if (static_cast<std::int64_t>(status.st_mtime) * 1000 >= before_ms) return false;
    TRY(const auto row, store::find_media(db, id));
    return !row.has_value();
}

}  // namespace

std::string directory_in(const std::string& state_dir) {
    return state_dir + "/media";
}

Result<void> append_piece(const std::string& directory, const std::string& id, std::uint64_t offset,
                          std::string_view piece) {
    const bool is_first = offset == 0;
    if (is_first) TRY_VOID(make_directory(directory));
    TRY(const base::Fd fd,
        open_file(path_of(directory, id), O_WRONLY | O_APPEND | (is_first ? O_CREAT | O_EXCL : 0)));
    TRY(const std::uint64_t size, size_of(fd));
    // A piece before this one was not written: the rest would be in the wrong place.
    if (size != offset) return fail(Errc::corrupt, "a media file has another size than expected");
    return write_all(fd, piece);
}

Result<void> seal(const std::string& directory, const std::string& id, std::uint64_t size) {
    TRY(const base::Fd fd, open_file(path_of(directory, id), O_RDONLY));
    TRY(const std::uint64_t found, size_of(fd));
    if (found != size) return fail(Errc::corrupt, "a media file was not written completely");
    if (::fsync(fd.get()) != 0) return fail_errno("sync a media file");
    return sync_directory(directory);
}

Result<std::string> read_piece(const std::string& directory, const std::string& id,
                               std::uint64_t offset, std::size_t size) {
    TRY(const base::Fd fd, open_file(path_of(directory, id), O_RDONLY));
    std::string piece(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got =
            ::pread(fd.get(), piece.data() + have, size - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read a media file");
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    piece.resize(have);
    return piece;
}

void remove(const std::string& directory, const std::string& id) {
    ::unlink(path_of(directory, id).c_str());
}

Result<std::size_t> sweep(store::Database& db, const std::string& directory,
                          std::int64_t before_ms) {
    TRY_VOID(store::forget_unnamed_media(db, before_ms));
    const std::unique_ptr<DIR, CloseDirectory> open(::opendir(directory.c_str()));
    if (!open) return 0;  // made with the first file
    std::size_t removed = 0;
    while (const dirent* entry = ::readdir(open.get())) {
        const std::string id = entry->d_name;
        TRY(const bool is_over, is_left_over(db, path_of(directory, id), id, before_ms));
        if (!is_over) continue;
        remove(directory, id);
        ++removed;
    }
    return removed;
}

}  // namespace gw::media
