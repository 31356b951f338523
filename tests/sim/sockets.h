#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Sockets: the kernel's half of a socket pair. What one end wrote is the other's to read, also when
// the writer is gone; only then comes the end of file. Ends are named by numbers that are no
// descriptors of this process, so that closing them by mistake closes nothing.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace gw::sim {

class Sockets {
  public:
    // Told in the process that reads or writes.
    class Reader {
      public:
        virtual ~Reader() = default;
        virtual void on_bytes(std::string_view bytes) = 0;
        virtual void on_end() = 0;
        // There is room again after write() took less than it was given.
        virtual void on_room() = 0;
    };

    // Forgets all of an earlier world.
    static void reset();

    // Two ends, held by the running process.
    static std::pair<int, int> open();
    // Another process holds it from now on.
    static void give(int end, int process);
    static void attach(int end, Reader& reader);
    static void close(int end);
    static void close_all_of(int process);

    // How much the kernel took.
    static std::size_t write(int end, std::string_view bytes);
    // The other end is closed: nobody will read.
    static bool is_broken(int end);
    static void pause(int end, bool is_paused);
};

}  // namespace gw::sim
