// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/sessions/keys.h"

namespace gw::sessions {

namespace {

constexpr std::size_t kMaxIdChars = 64;
constexpr std::string_view kAgentPrefix = "agent:";

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// ASCII only: ids beyond it stay as the provider wrote them, which is stable too.
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        c = lower(c);
    return out;
}

bool is_id_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string sanitized(std::string_view id, std::string_view when_empty) {
    std::string out;
    for (const char original : trimmed(id)) {
        const char c = lower(original);
        if (is_id_char(c)) {
            out.push_back(c);
        } else if (out.empty() || out.back() != '-') {
            out.push_back('-');
        }
    }
    const auto first = out.find_first_not_of('-');
    if (first == std::string::npos) return std::string(when_empty);
    out = out.substr(first, out.find_last_not_of('-') - first + 1);
    // An id starts with a letter or digit; what sanitising leaves may start with an underscore.
    if (out.front() == '_') out.erase(0, out.find_first_not_of("_-"));
    if (out.size() > kMaxIdChars) out.resize(kMaxIdChars);
    return out.empty() ? std::string(when_empty) : out;
}

std::string agent_key(std::string_view agent, std::string_view rest) {
    std::string key(kAgentPrefix);
    key += sanitize_agent_id(agent);
    key += ':';
    key += rest;
    return key;
}

}  // namespace

DmScope dm_scope_of(std::string_view word) {
    if (word == "per-peer") return DmScope::per_peer;
    if (word == "per-channel-peer") return DmScope::per_channel_peer;
    if (word == "per-account-channel-peer") return DmScope::per_account_channel_peer;
    return DmScope::main;
}

std::string_view name(Kind kind) {
    switch (kind) {
        case Kind::direct: return "direct";
        case Kind::group: return "group";
        case Kind::global: return "global";
        case Kind::unknown: return "unknown";
    }
    return "unknown";
}

std::string sanitize_agent_id(std::string_view id) {
    return sanitized(id, "main");
}
std::string sanitize_account_id(std::string_view id) {
    return sanitized(id, "default");
}

std::string canonical_key(std::string_view input, std::string_view default_agent) {
    const std::string_view key = trimmed(input);
    if (key == "global" || key == "unknown") return std::string(key);
    if (key.starts_with(kAgentPrefix)) return std::string(key);
    return agent_key(default_agent, key.empty() ? std::string_view("main") : key);
}

std::string main_key(std::string_view agent) {
    return agent_key(agent, "main");
}

std::string direct_key(DmScope scope, std::string_view agent, std::string_view channel,
                       std::string_view account, std::string_view peer) {
    const std::string who = lowered(trimmed(peer));
    switch (scope) {
        case DmScope::main: return main_key(agent);
        case DmScope::per_peer: return agent_key(agent, "dm:" + who);
        case DmScope::per_channel_peer: return agent_key(agent, lowered(channel) + ":dm:" + who);
        case DmScope::per_account_channel_peer:
            return agent_key(agent,
                             lowered(channel) + ":" + sanitize_account_id(account) + ":dm:" + who);
    }
    return main_key(agent);
}

std::string group_key(std::string_view agent, std::string_view channel, std::string_view chat_type,
                      std::string_view peer) {
    const std::string_view kind = chat_type == "channel" ? "channel" : "group";
    return agent_key(agent,
                     lowered(channel) + ":" + std::string(kind) + ":" + lowered(trimmed(peer)));
}

std::string thread_key(const std::string& key, std::string_view channel, std::string_view thread) {
    const std::string id = lowered(trimmed(thread));
    if (id.empty() || channel == "discord") return key;
    const bool is_topic = channel == "telegram" && kind_of(key, {}) == Kind::group;
    return key + (is_topic ? ":topic:" : ":thread:") + id;
}

std::string agent_of(std::string_view key) {
    if (!key.starts_with(kAgentPrefix)) return "main";
    key.remove_prefix(kAgentPrefix.size());
    const auto colon = key.find(':');
    if (colon == std::string_view::npos) return "main";
    return sanitize_agent_id(key.substr(0, colon));
}

Kind kind_of(std::string_view key, std::string_view chat_type) {
    if (key == "global") return Kind::global;
    if (key == "unknown") return Kind::unknown;
    const bool is_group_by_key = key.find(":group:") != std::string_view::npos ||
                                 key.find(":channel:") != std::string_view::npos;
    if (is_group_by_key || chat_type == "group" || chat_type == "channel") return Kind::group;
    return Kind::direct;
}

}  // namespace gw::sessions
