// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <cstdio>
#include <thread>

#include "cli/commands/commands.h"

namespace gw::cli {

namespace {

constexpr std::chrono::milliseconds kPollEvery{500};

Tone tone_of(std::string_view level) {
    if (level == "ERROR" || level == "WARN") return Tone::bad;
    return level == "DEBUG" ? Tone::dim : Tone::plain;
}

// "2026-01-30T09:00:00.000Z INFO  server: listening port=18789"
std::string readable(json::Parser& parser, const std::string& line, const Look& look) {
    const auto entry = parser.parse(line);
    if (!entry || !entry->is_object()) return line;
    const std::string level = text_of(member_of(*entry, "_meta"), "logLevelName");
    // {"subsystem":"server"}
    std::string room = text_of(*entry, "0");
    const std::size_t colon = room.find(":\"");
    if (colon != std::string::npos && room.ends_with("\"}")) {
        room = room.substr(colon + 2, room.size() - colon - 4);
    }
    std::string padded = level;
    padded.resize(std::max<std::size_t>(padded.size(), 5), ' ');
    return paint(text_of(*entry, "time"), Tone::dim, look) + ' ' +
           paint(padded, tone_of(level), look) + ' ' + room + ": " + text_of(*entry, "1");
}

}  // namespace

int run(Context& context, const LogsCommand& command) {
    std::string params = R"({"limit":)" + std::to_string(command.limit) + '}';
    json::Parser parser;
    json::Parser line_parser;
    while (true) {
        int code = kExitOk;
        const auto payload = ask(context, "logs.tail", params, code);
        if (!payload) return code;
        const auto tail = parser.parse(*payload);
        if (!tail) return kExitRefused;
        const json::Value lines = member_of(*tail, "lines");
        for (std::size_t i = 0; lines.is_array() && i < lines.size(); ++i) {
            const std::string line(lines.element(i).string());
            print(context.wants_json ? line : readable(line_parser, line, context.look));
        }
        if (!command.follows) return kExitOk;
        params = R"({"limit":5000,"cursor":)" + std::to_string(number_of(*tail, "cursor")) + '}';
        std::this_thread::sleep_for(kPollEvery);
    }
}

}  // namespace gw::cli
