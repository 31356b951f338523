#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The log of a process: one line per event, key=value on a terminal or JSON for machines, to
// stdout. The last lines are also kept in memory for whoever asks over the API (tail()). Thread
// safe. Say what failed once, where it is handled. Never a secret, never a message body.
//
//   log::info("server", "listening", {{"address", address}, {"port", port}});

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace gw::log {

enum class Level { debug, info, warn, error };
enum class Format { text, json };

struct Field {
    Field(std::string_view k, std::string_view v) : key(k), text(v) {}
    Field(std::string_view k, const char* v) : key(k), text(v) {}
    Field(std::string_view k, const std::string& v) : key(k), text(v) {}
    Field(std::string_view k, bool v) : key(k), text(v ? "true" : "false"), is_literal(true) {}
    template <std::integral T>
    Field(std::string_view k, T v) : key(k), text(std::to_string(v)), is_literal(true) {}

    std::string_view key;
    std::string text;
    bool is_literal = false;  // a JSON literal: written without quotes
};

struct Options {
    Format format = Format::text;
    Level level = Level::info;
    bool color = false;
    std::size_t tail_bytes = 512 * 1024;  // how much tail() can look back
};

// Call once, before the first line; without it lines go to stderr as text.
void start(const Options& options);

void write(Level level, std::string_view room, std::string_view message,
           std::initializer_list<Field> fields = {});

inline void debug(std::string_view room, std::string_view message,
                  std::initializer_list<Field> fields = {}) {
    write(Level::debug, room, message, fields);
}
inline void info(std::string_view room, std::string_view message,
                 std::initializer_list<Field> fields = {}) {
    write(Level::info, room, message, fields);
}
inline void warn(std::string_view room, std::string_view message,
                 std::initializer_list<Field> fields = {}) {
    write(Level::warn, room, message, fields);
}
inline void error(std::string_view room, std::string_view message,
                  std::initializer_list<Field> fields = {}) {
    write(Level::error, room, message, fields);
}

// A window on the kept lines, addressed like bytes of an endless file so that a reader can ask for
// what is new. Positions never repeat across restarts of the process. Lines are JSON objects in the
// shape that logs.tail answers with (docs/protocol/logs.md).
struct Tail {
    std::uint64_t begin = 0;  // position of the first kept byte
    std::uint64_t end = 0;    // position after the last byte
    std::vector<std::string> lines;
    bool truncated = false;  // something between the asked position and lines was left out
    bool reset = false;      // the asked position is not one of this process, or no longer kept
};

// Lines after position since (nothing = the newest), at most max_lines and max_bytes, newest kept.
Tail tail(const std::uint64_t* since, std::size_t max_lines, std::size_t max_bytes);

}  // namespace gw::log
