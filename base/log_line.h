#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The three text forms of one log event. Pure; used by base/log.cc only.

#include "base/log.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gw::log {

struct Event {
    std::int64_t wall_ms = 0;
    Level level = Level::info;
    std::string_view room;
    std::string_view message;
    std::span<const Field> fields;
};

enum class Color { no, yes };

// 09:00:00.123 INFO  server  listening  address=127.0.0.1 port=18789
// In local time. Nothing foreign can break the line or steer the terminal: control characters are
// escaped, and values that would not read back as one word are quoted.
std::string text_line(const Event& event, Color color);

// {"time":"2026-01-30T09:00:00.123Z","level":"info","room":"server","message":"listening",…fields}
std::string json_line(const Event& event);

// The form that clients of logs.tail parse (docs/protocol/logs.md).
std::string tail_line(const Event& event);

}  // namespace gw::log
