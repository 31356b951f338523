// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/auth/control_peer.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <optional>
#include <vector>

#include "base/file.h"

namespace gw::auth {

namespace {

std::string proc_path(int pid, const char* file) {
    return "/proc/" + std::to_string(pid) + '/' + file;
}

// The parent of pid, from /proc/<pid>/stat: "pid (comm) state ppid …"; comm may hold anything.
std::optional<int> find_parent(int pid) {
    const auto stat = base::read_file(proc_path(pid, "stat"), 4096);
    if (!stat) return std::nullopt;
    const std::size_t close = stat->rfind(") ");
    if (close == std::string::npos || close + 4 >= stat->size()) return std::nullopt;
    int parent = 0;
    const char* begin = stat->data() + close + 4;
    const auto [end, error] = std::from_chars(begin, stat->data() + stat->size(), parent);
    if (error != std::errc()) return std::nullopt;
    return parent;
}

bool is_same_namespace(int pid, const char* kind) {
    struct stat own{};
    struct stat other{};
    return ::stat(proc_path(::getpid(), kind).c_str(), &own) == 0 &&
           ::stat(proc_path(pid, kind).c_str(), &other) == 0 && own.st_ino == other.st_ino &&
           own.st_dev == other.st_dev;
}

bool is_member(unsigned uid, unsigned primary, unsigned gid) {
    if (primary == gid) return true;
    const passwd* user = ::getpwuid(uid);
    if (user == nullptr) return false;
    int count = 64;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(user->pw_name, primary, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        if (::getgrouplist(user->pw_name, primary, groups.data(), &count) < 0) return false;
    }
    groups.resize(static_cast<std::size_t>(count));
    for (const gid_t group : groups) {
        if (group == gid) return true;
    }
    return false;
}

std::unexpected<Error> refuse(std::string why) {
    return fail(Errc::permission_denied, "control socket: " + std::move(why));
}

}  // namespace

Result<ControlPeers> ControlPeers::create(const std::string& group) {
    ControlPeers peers;
    if (group.empty()) return peers;
    const ::group* entry = ::getgrnam(group.c_str());
    if (entry == nullptr) {
        return fail(Errc::not_found, "gateway.control.group: there is no group \"" + group + '"');
    }
    peers.gid_ = entry->gr_gid;
    peers.has_group_ = true;
    return peers;
}

Result<void> ControlPeers::admit(const net::Peer& peer) const {
    const std::string who = "process " + std::to_string(peer.pid);
    // The kernel shows a process of a PID namespace we cannot see as 0.
    if (peer.pid <= 0) return refuse("a process of another PID namespace is not admitted");
    const bool is_admitted_user = peer.uid == ::geteuid() || peer.uid == 0 ||
                                  (has_group_ && is_member(peer.uid, peer.gid, gid_));
    if (!is_admitted_user) {
        return refuse("user " + std::to_string(peer.uid) +
                      " is not admitted; run as the gateway's user or join its control group");
    }
    if (!is_same_namespace(peer.pid, "ns/user")) {
        return refuse(who + " is in another user namespace");
    }
    if (!is_same_namespace(peer.pid, "ns/pid")) return refuse(who + " is in another PID namespace");
    for (int pid = peer.pid, steps = 0; pid > 0; ++steps) {
        if (pid == ::getpid()) return refuse(who + " was started by this gateway");
        const auto parent = find_parent(pid);
        // Gone already, or a chain no process tree has: nobody we can vouch for.
        if (!parent || steps > 1024) return refuse(who + " cannot be identified");
        pid = *parent;
    }
    return {};
}

}  // namespace gw::auth
