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
        const std::int64_t since = number_of(account, "lastStartAt");
        std::string says = text_of(account, "detail");
        if (const std::string error = text_of(account, "lastError");
            !error.empty() && error != says) {
            says += (says.empty() ? "" : "; ") + ("last error: " + error);
        }
        rows.push_back({text_of(account, "channel"), text_of(account, "accountId"),
                        Cell(state, tone), pid > 0 ? std::to_string(pid) : "–",
                        std::to_string(number_of(account, "restarts")),
                        pid > 0 && since > 0 ? age(now_ms - since) : "–", says});
    }
    return table({"CHANNEL", "ACCOUNT", "STATE", "PID", "RESTARTS", "UP", "DETAIL"}, rows, look);
}

}  // namespace gw::cli
