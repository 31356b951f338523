// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <cstdio>
#include <ctime>

#include "base/clock.h"
#include "cli/commands/commands.h"

namespace gw::cli {

std::optional<std::string> ask(Context& context, std::string_view method,
                               std::string_view params_json, int& code) {
    const auto answer = context.gateway.call(method, params_json);
    if (!answer) {
        std::fprintf(stderr, "gatewayctl: %s\n", answer.error().message.c_str());
        code = answer.error().code == Errc::timed_out ? kExitRefused : kExitNotThere;
        return std::nullopt;
    }
    if (!answer->ok) {
        std::fprintf(stderr, "gatewayctl: %s: %s (%s)\n", std::string(method).c_str(),
                     answer->message.c_str(), answer->code.c_str());
        code = kExitRefused;
        return std::nullopt;
    }
    return answer->payload;
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (!text.ends_with('\n')) std::fputc('\n', stdout);
    std::fflush(stdout);
}

std::string text_of(json::Value object, std::string_view key) {
    const json::Value found = member_of(object, key);
    return found.is_string() ? std::string(found.string()) : std::string();
}

std::int64_t number_of(json::Value object, std::string_view key) {
    const json::Value found = member_of(object, key);
    return found.is_number() ? found.integer() : 0;
}

bool flag_of(json::Value object, std::string_view key) {
    const json::Value found = member_of(object, key);
    return found.is_bool() && found.boolean();
}

json::Value member_of(json::Value object, std::string_view key) {
    if (!object.is_object()) return {};
    return object.find(key).value_or(json::Value());
}

namespace {

// "7.3 MB"
std::string megabytes(std::int64_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

// "0.4 ms", "12.3 s"
std::string seconds(std::int64_t microseconds) {
    char text[32];
    if (microseconds < 1'000'000) {
        std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(microseconds) / 1e3);
    } else {
        std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(microseconds) / 1e6);
    }
    return text;
}

}  // namespace

std::string accounts_table(const std::vector<json::Value>& accounts, const Look& look) {
    const std::int64_t now_ms = base::SystemClock().wall_ms();
    std::vector<std::vector<Cell>> rows;
    for (const json::Value account : accounts) {
        const std::string state =
            flag_of(account, "enabled") ? text_of(account, "state") : "disabled";
        const Tone tone = flag_of(account, "connected")               ? Tone::good
                          : state == "stopped" || state == "disabled" ? Tone::dim
                                                                      : Tone::bad;
        const std::int64_t pid = number_of(account, "pid");
        const std::int64_t since = number_of(account, "stateSince");
        const std::int64_t next = number_of(account, "nextTryAt");
        std::string says = text_of(account, "detail");
        if (const std::string error = text_of(account, "lastError");
            !error.empty() && error != says) {
            says += (says.empty() ? "" : "; ") + ("last error: " + error);
        }
        if (next > now_ms) says = "again in " + age(next - now_ms) + "; " + says;
        rows.push_back({text_of(account, "channel"), text_of(account, "accountId"),
                        Cell(state, tone), pid > 0 ? std::to_string(pid) : "–",
                        std::to_string(number_of(account, "restarts")),
                        since > 0 ? age(now_ms - since) : "–", says});
    }
    return table({"CHANNEL", "ACCOUNT", "STATE", "PID", "RESTARTS", "SINCE", "DETAIL"}, rows, look);
}

std::string processes_table(const std::vector<json::Value>& accounts, const Look& look) {
    const std::int64_t now_ms = base::SystemClock().wall_ms();
    std::vector<std::vector<Cell>> rows;
    for (const json::Value account : accounts) {
        const json::Value outbox = member_of(account, "outbox");
        const std::int64_t oldest = number_of(outbox, "oldestAt");
        const bool has_usage = member_of(account, "residentBytes").is_number();
        const bool has_ping = member_of(account, "pingUs").is_number();
        rows.push_back({text_of(account, "channel"), text_of(account, "accountId"),
                        has_usage ? megabytes(number_of(account, "residentBytes")) : "–",
                        has_usage ? seconds(number_of(account, "cpuMs") * 1000) : "–",
                        has_ping ? seconds(number_of(account, "pingUs")) : "–",
                        std::to_string(number_of(outbox, "depth")),
                        oldest > 0 ? age(now_ms - oldest) : "–", text_of(account, "sandbox")});
    }
    return table({"CHANNEL", "ACCOUNT", "MEMORY", "CPU", "PING", "QUEUE", "OLDEST", "SANDBOX"},
                 rows, look);
}

}  // namespace gw::cli
