// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <algorithm>

#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/services.h"
#include "gatewayd/observe/presence.h"
#include "gatewayd/observe/system_events.h"

namespace gw::methods {

namespace {

constexpr std::string_view kDot = " · ";

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// system-event checks nothing but the text: what is not of the right type reads as absent.
std::string text_of(json::Value params, std::string_view key) {
    const auto found = params.find(key);
    return found && found->is_string() ? std::string(trim(found->string())) : std::string();
}

std::vector<std::string> texts_of(json::Value params, std::string_view key) {
    std::vector<std::string> list;
    const auto found = params.find(key);
    if (!found || !found->is_array()) return list;
    for (std::size_t i = 0; i < found->size(); ++i) {
        if (!found->element(i).is_string()) return {};
        list.emplace_back(found->element(i).string());
    }
    return list;
}

observe::PresenceEntry entry_of(json::Value params, std::string_view text) {
    observe::PresenceEntry entry =
        observe::find_presence_in_text(text).value_or(observe::PresenceEntry{});
    const auto replace = [&params](std::string& field, std::string_view key) {
        if (std::string given = text_of(params, key); !given.empty()) field = std::move(given);
    };
    entry.text = text;
    replace(entry.device_id, "deviceId");
    replace(entry.instance_id, "instanceId");
    replace(entry.host, "host");
    replace(entry.ip, "ip");
    replace(entry.mode, "mode");
    replace(entry.version, "version");
    replace(entry.platform, "platform");
    replace(entry.device_family, "deviceFamily");
    replace(entry.model_identifier, "modelIdentifier");
    replace(entry.reason, "reason");
    entry.roles = texts_of(params, "roles");
    entry.scopes = texts_of(params, "scopes");
    if (const auto seconds = params.find("lastInputSeconds"); seconds && seconds->is_number()) {
        entry.last_input_seconds = seconds->integer();
    }
    return entry;
}

std::string key_of(const observe::PresenceEntry& entry) {
    for (const std::string* candidate :
         {&entry.device_id, &entry.instance_id, &entry.host, &entry.ip}) {
        if (!candidate->empty()) return *candidate;
    }
    return entry.text.substr(0, 64);
}

// Apps report "Node: …" every few minutes; only what became different is worth a line to the agent.
std::string delta_line(const observe::PresenceEntry& now,
                       const std::optional<observe::PresenceEntry>& before) {
    const observe::PresenceEntry old = before.value_or(observe::PresenceEntry{});
    const bool has_moved = now.host != old.host || now.ip != old.ip;
    const bool is_routine = now.reason.starts_with("periodic") || now.reason == "heartbeat";
    std::vector<std::string> parts;
    if (now.version != old.version) parts.push_back("app " + now.version);
    if (now.mode != old.mode) parts.push_back("mode " + now.mode);
    if (now.reason != old.reason && !is_routine) parts.push_back("reason " + now.reason);
    if (!has_moved && parts.empty()) return {};
    std::string line = "Node: " + now.host;
    if (!now.ip.empty()) line += " (" + now.ip + ')';
    for (const std::string& part : parts)
        line.append(kDot).append(part);
    return line;
}

}  // namespace

void handle_system_presence(Services& services, Request& request) {
    request.ok([&services](json::Writer& w) { services.presence.append_list(w.out()); });
}

void handle_system_event(Services& services, Request& request) {
    const json::Value params = request.params();
    const std::string text = params.is_object() ? text_of(params, "text") : std::string();
    if (text.empty()) return request.fail(invalid_request("text required"));
    observe::PresenceEntry entry = entry_of(params, text);
    const std::string key = key_of(entry);
    const auto before = services.presence.find(key);
    const std::string line = text.starts_with("Node:") ? delta_line(entry, before) : text;
    services.presence.put(key, std::move(entry));
    if (!line.empty()) {
        services.system_events.add("agent:" + services.config.default_agent + ":main", line);
    }
    services.announcer.presence_changed();
    request.ok([](json::Writer& w) { w.begin_object().field("ok", true).end_object(); });
}

}  // namespace gw::methods
