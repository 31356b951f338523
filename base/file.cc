// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/file.h"

#include "base/fd.h"
#include "base/ids.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace gw::base {

namespace {

// A file that disappears with this object unless keep() was called.
class TemporaryFile {
  public:
    explicit TemporaryFile(std::string path) : path_(std::move(path)) {}
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (!is_kept_) ::unlink(path_.c_str());
    }
    void keep() { is_kept_ = true; }
    [[nodiscard]] const char* path() const { return path_.c_str(); }

  private:
    std::string path_;
    bool is_kept_ = false;
};

Result<void> write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail_errno("write");
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> write_durably(const char* path, std::string_view content, unsigned mode) {
    const Fd file(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!file.is_open()) return fail_errno("create");
    // open() applied the umask; the mode asked for is the mode meant.
    if (::fchmod(file.get(), mode) != 0) return fail_errno("set mode");
    TRY_VOID(write_all(file.get(), content));
    if (::fsync(file.get()) != 0) return fail_errno("fsync");
    return {};
}

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> sync_directory(const std::string& path) {
    const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open()) return fail_errno("open " + path);
    if (::fsync(directory.get()) != 0) return fail_errno("fsync " + path);
    return {};
}

Result<void> make_directory(const std::string& path, unsigned mode) {
    if (::mkdir(path.c_str(), mode) == 0) return {};
    const int saved_errno = errno;
    struct stat status{};
    if (saved_errno == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        return {};
    return fail_errno("make directory " + path, saved_errno);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        if (errno == ENOENT || errno == ENOTDIR)
            return fail(Errc::not_found, path + ": no such file");
        if (errno == EACCES) return fail(Errc::permission_denied, path + ": permission denied");
        return fail_errno("open " + path);
    }
    // Files in /proc say size 0, so the end is where read() says so.
    std::string content;
    for (;;) {
        constexpr std::size_t kStep = 16 * 1024;
        const std::size_t before = content.size();
        content.resize(before + std::min(kStep, limit + 1 - before));
        const ssize_t got = ::read(file.get(), content.data() + before, content.size() - before);
        if (got < 0 && errno != EINTR) return fail_errno("read " + path);
        content.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got == 0) return content;
        if (content.size() > limit)
            return fail(Errc::limit_exceeded,
                        path + ": larger than " + std::to_string(limit) + " bytes");
    }
}

Result<void> write_file(const std::string& path, std::string_view content, unsigned mode) {
    TemporaryFile temporary(path + "." + new_uuid() + ".tmp");
    if (auto written = write_durably(temporary.path(), content, mode); !written)
        return std::unexpected(written.error().in("write " + path));
    if (::rename(temporary.path(), path.c_str()) != 0) return fail_errno("replace " + path);
    temporary.keep();
    return sync_directory(parent_of(path));
}

Result<void> make_directories(const std::string& path, unsigned mode) {
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1))
        TRY_VOID(make_directory(path.substr(0, slash), mode));
    return make_directory(path, mode);
}

}  // namespace gw::base
