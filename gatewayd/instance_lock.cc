// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/instance_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "base/file.h"

namespace gw {

namespace {

std::string lock_path(const std::string& state_dir) {
    return state_dir + "/gatewayd.lock";
}

struct flock whole_file() {
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

// The kernel names the holder; from another PID namespace it is 0, then the file says it.
int holder_of(int fd, const std::string& path) {
    struct flock lock = whole_file();
    if (::fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
    if (lock.l_pid > 0) return lock.l_pid;
    int pid = 0;
    if (const auto text = base::read_file(path, 32)) {
        std::from_chars(text->data(), text->data() + text->size(), pid);
    }
    return pid;
}

}  // namespace

int InstanceLock::holder(const std::string& state_dir) {
    const std::string path = lock_path(state_dir);
    const base::Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    return file.is_open() ? holder_of(file.get(), path) : 0;
}

Result<InstanceLock> InstanceLock::acquire(const std::string& state_dir) {
    const std::string path = lock_path(state_dir);
    base::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file.is_open()) return fail_errno("open " + path);
    struct flock lock = whole_file();
    if (::fcntl(file.get(), F_SETLK, &lock) != 0) {
        if (errno != EACCES && errno != EAGAIN) return fail_errno("lock " + path);
        return fail(Errc::already_exists, "another gatewayd (pid " +
                                              std::to_string(holder_of(file.get(), path)) +
                                              ") is running on " + state_dir);
    }
    const std::string pid = std::to_string(::getpid()) + '\n';
    if (::ftruncate(file.get(), 0) != 0 ||
        ::write(file.get(), pid.data(), pid.size()) != static_cast<ssize_t>(pid.size())) {
        return fail_errno("write " + path);
    }
    return InstanceLock(std::move(file));
}

}  // namespace gw
