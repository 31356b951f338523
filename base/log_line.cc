// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/log_line.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/printable.h"

#include <cstdio>
#include <ctime>

namespace gw::log {

namespace {

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string_view upper_name(Level level) {
    switch (level) {
        case Level::debug: return "DEBUG";
        case Level::info: return "INFO";
        case Level::warn: return "WARN";
        case Level::error: return "ERROR";
    }
    return "ERROR";
}

std::string_view lower_name(Level level) {
    switch (level) {
        case Level::debug: return "debug";
        case Level::info: return "info";
        case Level::warn: return "warn";
        case Level::error: return "error";
    }
    return "error";
}

std::string_view color_of(Level level) {
    switch (level) {
        case Level::debug: return kDim;
        case Level::info: return "\x1b[32m";
        case Level::warn: return "\x1b[33m";
        case Level::error: return "\x1b[31m";
    }
    return kPlain;
}

bool is_one_word(std::string_view value) {
    return !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos &&
           base::is_printable(value);
}

void append_value(std::string& out, std::string_view value) {
    if (is_one_word(value)) {
        out += value;
        return;
    }
    std::string escaped;
    for (const char c : value) {
        if (c == '"' || c == '\\') escaped.push_back('\\');
        escaped.push_back(c);
    }
    out.push_back('"');
    out += base::printable(escaped);
    out.push_back('"');
}

void append_fields(std::string& out, std::span<const Field> fields) {
    for (const Field& field : fields) {
        if (&field != fields.data()) out.push_back(' ');
        out += base::printable(field.key);
        out.push_back('=');
        append_value(out, field.text);
    }
}

std::string local_time(std::int64_t wall_ms) {
    const std::time_t seconds = wall_ms / 1000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    char text[48];
    const int length = std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", local.tm_hour,
                                     local.tm_min, local.tm_sec, static_cast<int>(wall_ms % 1000));
    return std::string(text, static_cast<std::size_t>(length));
}

}  // namespace

std::string text_line(const Event& event, Color color) {
    const auto paint = [color](std::string_view code) {
        return color == Color::yes ? code : std::string_view();
    };
    const std::string_view level = upper_name(event.level);
    std::string line;
    line.append(paint(kDim)).append(local_time(event.wall_ms)).append(paint(kPlain)).append(1, ' ');
    line.append(paint(color_of(event.level))).append(level).append(paint(kPlain));
    line.append(6 - level.size(), ' ').append(event.room).append(2, ' ');
    line += base::printable(event.message);
    if (event.fields.empty()) return line;
    line.append(2, ' ').append(paint(kDim));
    append_fields(line, event.fields);
    line.append(paint(kPlain));
    return line;
}

std::string json_line(const Event& event) {
    std::string line;
    json::Writer writer(line);
    writer.begin_object()
        .field("time", base::rfc3339(event.wall_ms))
        .field("level", lower_name(event.level))
        .field("room", event.room)
        .field("message", event.message);
    for (const Field& field : event.fields) {
        writer.foreign_key(field.key);
        if (field.is_literal)
            writer.raw(field.text);
        else
            writer.value(field.text);
    }
    writer.end_object();
    return line;
}

std::string tail_line(const Event& event) {
    std::string subsystem;
    json::Writer(subsystem).begin_object().field("subsystem", event.room).end_object();
    std::string message = base::printable(event.message);
    if (!event.fields.empty()) message.push_back(' ');
    append_fields(message, event.fields);
    const std::string time = base::rfc3339(event.wall_ms);

    std::string line;
    json::Writer writer(line);
    writer.begin_object().field("0", subsystem).field("1", message).key("_meta");
    writer.begin_object()
        .field("logLevelName", upper_name(event.level))
        .field("date", time)
        .field("name", subsystem)
        .end_object();
    writer.field("time", time).end_object();
    return line;
}

}  // namespace gw::log
