// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cstdio>

#include "base/bytes.h"
#include "base/clock.h"
#include "cli/commands/commands.h"

namespace gw::cli {

namespace {

constexpr std::size_t kRow = 16;

// "00000010  68 65 6c 6c 6f …  |hello…|": what nobody dared to parse is not shown as text either, a
// terminal parses too.
std::string dump_row(base::ByteView bytes, std::size_t offset) {
    char number[24];
    std::snprintf(number, sizeof number, "%08zx", offset);
    std::string hex;
    std::string text;
    for (std::size_t i = 0; i < kRow; ++i) {
        if (i == kRow / 2) hex += ' ';
        if (i >= bytes.size()) {
            hex += "   ";
            continue;
        }
        hex += ' ' + base::to_hex(bytes.subspan(i, 1));
        const auto c = std::to_integer<unsigned char>(bytes[i]);
        text += c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '.';
    }
    return std::string(number) + " " + hex + "  |" + text + "|\n";
}

std::string dump(base::ByteView bytes) {
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += kRow) {
        out += dump_row(bytes.subspan(at, std::min(kRow, bytes.size() - at)), at);
    }
    return out;
}

std::vector<Cell> row_of(json::Value event, std::int64_t now_ms) {
    return {std::to_string(number_of(event, "id")),
            text_of(event, "channel"),
            text_of(event, "accountId"),
            age(now_ms - number_of(event, "ts")),
            std::to_string(number_of(event, "size")),
            text_of(event, "eventId")};
}

std::string events_table(const std::vector<json::Value>& events, const Look& look) {
    const std::int64_t now_ms = base::SystemClock().wall_ms();
    std::vector<std::vector<Cell>> rows;
    for (const json::Value event : events)
        rows.push_back(row_of(event, now_ms));
    return table({"ID", "CHANNEL", "ACCOUNT", "AGE", "BYTES", "EVENT"}, rows, look);
}

void print_list(json::Value answer, const Look& look) {
    std::vector<json::Value> events;
    const json::Value list = member_of(answer, "events");
    for (std::size_t i = 0; list.is_array() && i < list.size(); ++i)
        events.push_back(list.element(i));
    print(events.empty() ? "Nothing is in quarantine." : events_table(events, look));
}

void print_one(json::Value answer, const Look& look) {
    print(events_table({member_of(answer, "event")}, look));
    const auto raw = base::find_base64(text_of(answer, "raw"));
    print("\n" + dump(raw.value_or(base::Bytes())));
}

}  // namespace

int run(Context& context, const QuarantineCommand& command) {
    std::string params;
    json::Writer w(params);
    w.begin_object();
    if (command.verb != "list") w.field("id", command.id);
    w.end_object();
    int code = kExitOk;
    const bool drops = command.verb == "drop";
    const auto payload =
        ask(context, drops ? "channels.quarantine.drop" : "channels.quarantine", params, code);
    if (!payload) return code;
    json::Parser parser;
    const auto answer = parser.parse(*payload);
    if (context.wants_json || !answer) {
        print(*payload);
    } else if (drops) {
        print("Forgotten.");
    } else if (command.verb == "show") {
        print_one(*answer, context.look);
    } else {
        print_list(*answer, context.look);
    }
    return kExitOk;
}

}  // namespace gw::cli
