// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "tests/sim/sockets.h"

#include <algorithm>
#include <map>

#include "tests/sim/world.h"

namespace gw::sim {

namespace {

using namespace std::chrono_literals;

constexpr int kFirst = 1'000'000;
constexpr std::size_t kKernelBuffer = 200U * 1024;

struct End {
    int peer = 0;
    int process = 0;
    std::string unread = {};  // written by the peer
    Sockets::Reader* reader = nullptr;
    bool is_open = true;
    bool is_paused = false;
    bool is_coming = false;  // a delivery is on its way
    bool has_ended = false;  // the end of file was told
    bool is_short_of_room = false;
};

std::map<int, End>& ends() {
    static std::map<int, End> all;
    return all;
}
int next_end = kFirst;

void deliver(int id);

// Sees to it that the reader learns what there is, a little later.
void come(int id) {
    End& end = ends().at(id);
    if (end.is_coming || end.reader == nullptr || end.is_paused || end.has_ended) return;
    const auto peer = ends().find(end.peer);
    const bool is_at_end = peer == ends().end() || !peer->second.is_open;
    if (end.unread.empty() && !is_at_end) return;
    end.is_coming = true;
    World& world = World::current();
    world.after(world.random.between(5us, 400us), end.process, [id] { deliver(id); });
}

void tell_room(int id) {
    const auto found = ends().find(id);
    if (found == ends().end() || !found->second.is_short_of_room) return;
    found->second.is_short_of_room = false;
    World::current().after(1us, found->second.process, [id] {
        const auto again = ends().find(id);
        if (again != ends().end() && again->second.reader) again->second.reader->on_room();
    });
}

void deliver(int id) {
    const auto found = ends().find(id);
    if (found == ends().end()) return;
    End& end = found->second;
    end.is_coming = false;
    if (!end.is_open || end.reader == nullptr || end.is_paused) return;
    if (end.unread.empty()) {
        end.has_ended = true;
        return end.reader->on_end();
    }
    Random& random = World::current().random;
    std::size_t size = end.unread.size();
    if (random.chance(0.2)) size = 1 + random.below(size);
    const std::string bytes = end.unread.substr(0, size);
    end.unread.erase(0, size);
    tell_room(end.peer);
    end.reader->on_bytes(bytes);  // may close and forget the end
    if (ends().contains(id)) come(id);
}

}  // namespace

void Sockets::reset() {
    ends().clear();
    next_end = kFirst;
}

std::pair<int, int> Sockets::open() {
    const int one = next_end++;
    const int two = next_end++;
    const int process = World::current().running();
    ends()[one] = {.peer = two, .process = process};
    ends()[two] = {.peer = one, .process = process};
    return {one, two};
}

void Sockets::give(int id, int process) {
    if (const auto found = ends().find(id); found != ends().end()) found->second.process = process;
}

void Sockets::attach(int id, Reader& reader) {
    End& end = ends().at(id);
    end.reader = &reader;
    come(id);
}

void Sockets::close(int id) {
    const auto found = ends().find(id);
    if (found == ends().end()) return;
    found->second.is_open = false;
    found->second.reader = nullptr;
    const int peer = found->second.peer;
    if (!ends().contains(peer)) return;
    if (!ends().at(peer).is_open) {
        ends().erase(peer);
        ends().erase(id);
        return;
    }
    come(peer);
    tell_room(peer);
}

void Sockets::close_all_of(int process) {
    std::vector<int> theirs;
    for (const auto& [id, end] : ends()) {
        if (end.process == process && end.is_open) theirs.push_back(id);
    }
    for (const int id : theirs)
        close(id);
}

std::size_t Sockets::write(int id, std::string_view bytes) {
    if (World::current().is_doomed()) return bytes.size();
    End& end = ends().at(id);
    End& peer = ends().at(end.peer);
    const std::size_t room = kKernelBuffer - std::min(kKernelBuffer, peer.unread.size());
    const std::size_t size = std::min(room, bytes.size());
    peer.unread.append(bytes.substr(0, size));
    if (size < bytes.size()) end.is_short_of_room = true;
    come(end.peer);
    return size;
}

bool Sockets::is_broken(int id) {
    const auto peer = ends().find(ends().at(id).peer);
    return peer == ends().end() || !peer->second.is_open;
}

void Sockets::pause(int id, bool is_paused) {
    ends().at(id).is_paused = is_paused;
    if (!is_paused) come(id);
}

}  // namespace gw::sim
