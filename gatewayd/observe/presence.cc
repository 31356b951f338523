// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/observe/presence.h"

#include <algorithm>
#include <charconv>

namespace gw::observe {

namespace {

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

void write_fields(json::Writer& w, const PresenceEntry& entry) {
    const auto text = [&w](std::string_view key, const std::string& value) {
        if (!value.empty()) w.field(key, value);
    };
    const auto list = [&w](std::string_view key, const std::vector<std::string>& values) {
        if (values.empty()) return;
        w.key(key).begin_array();
        for (const std::string& value : values)
            w.value(value);
        w.end_array();
    };
    text("host", entry.host);
    text("ip", entry.ip);
    text("version", entry.version);
    text("platform", entry.platform);
    text("deviceFamily", entry.device_family);
    text("modelIdentifier", entry.model_identifier);
    text("mode", entry.mode);
    w.optional_field("lastInputSeconds", entry.last_input_seconds);
    text("deviceId", entry.device_id);
    list("roles", entry.roles);
    list("scopes", entry.scopes);
    text("instanceId", entry.instance_id);
    text("reason", entry.reason);
    text("text", entry.text);
}

void unite(std::vector<std::string>& into, const std::vector<std::string>& more) {
    for (const std::string& item : more) {
        if (std::find(into.begin(), into.end(), item) == into.end()) into.push_back(item);
    }
}

void merge(PresenceEntry& into, PresenceEntry&& from) {
    const auto replace = [](std::string& old, std::string& fresh) {
        if (!fresh.empty()) old = std::move(fresh);
    };
    replace(into.host, from.host);
    replace(into.ip, from.ip);
    replace(into.version, from.version);
    replace(into.platform, from.platform);
    replace(into.device_family, from.device_family);
    replace(into.model_identifier, from.model_identifier);
    replace(into.mode, from.mode);
    replace(into.reason, from.reason);
    replace(into.text, from.text);
    replace(into.device_id, from.device_id);
    replace(into.instance_id, from.instance_id);
    if (from.last_input_seconds) into.last_input_seconds = from.last_input_seconds;
    unite(into.roles, from.roles);
    unite(into.scopes, from.scopes);
}

// Cuts prefix off text when it stands there.
bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace

Presence::Presence(const base::Clock& clock, PresenceEntry self)
    : clock_(clock), self_(std::move(self)) {
    json::Writer w(self_head_);
    w.begin_object();
    write_fields(w, self_);
    w.key("ts");
}

void Presence::put(std::string_view key, PresenceEntry entry) {
    std::string id = lowered(key);
    ++version_;
    if (const auto known = by_key_.find(id); known != by_key_.end()) {
        merge(known->second->entry, std::move(entry));
        refresh(known->second);
        return;
    }
    entries_.push_front({id, std::move(entry), {}});
    by_key_.emplace(std::move(id), entries_.begin());
    refresh(entries_.begin());
    drop_old(entries_.front().entry.ts);
}

void Presence::touch(std::string_view key, std::string_view reason) {
    const auto known = by_key_.find(lowered(key));
    if (known == by_key_.end()) return;
    ++version_;
    known->second->entry.reason = reason;
    refresh(known->second);
}

std::optional<PresenceEntry> Presence::find(std::string_view key) const {
    const auto known = by_key_.find(lowered(key));
    if (known == by_key_.end()) return std::nullopt;
    return known->second->entry;
}

void Presence::refresh(Entries::iterator it) {
    entries_.splice(entries_.begin(), entries_, it);
    it->entry.ts = clock_.wall_ms();
    it->json.clear();
    json::Writer w(it->json);
    w.begin_object();
    write_fields(w, it->entry);
    w.field("ts", it->entry.ts).end_object();
}

void Presence::drop_old(std::int64_t now_ms) {
    const std::int64_t oldest = now_ms - kLifeMs;
    while (!entries_.empty() &&
           (entries_.size() > kMaxEntries || entries_.back().entry.ts < oldest)) {
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
}

void Presence::append_list(std::string& out) {
    const std::int64_t now_ms = clock_.wall_ms();
    drop_old(now_ms);
    out += '[';
    out += self_head_;
    char digits[24];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, now_ms);
    out.append(digits, end);
    out += '}';
    for (const Node& node : entries_) {
        out += ',';
        out += node.json;
    }
    out += ']';
}

std::optional<PresenceEntry> find_presence_in_text(std::string_view text) {
    constexpr std::string_view kDot = " · ";
    if (!take(text, "Node: ")) return std::nullopt;
    PresenceEntry entry;
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(kDot);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + kDot.size());
    }
    std::string_view host = parts.front();
    if (const std::size_t open = host.rfind(" (");
        open != std::string_view::npos && host.ends_with(')')) {
        entry.ip = host.substr(open + 2, host.size() - open - 3);
        host = host.substr(0, open);
    }
    entry.host = host;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        std::string_view part = parts[i];
        if (take(part, "app ")) {
            entry.version = part;
        } else if (take(part, "last input ")) {
            std::int64_t seconds = 0;
            if (std::from_chars(part.data(), part.data() + part.size(), seconds).ec ==
                std::errc()) {
                entry.last_input_seconds = seconds;
            }
        } else if (take(part, "mode ")) {
            entry.mode = part;
        } else if (take(part, "reason ")) {
            entry.reason = part;
        }
    }
    return entry;
}

}  // namespace gw::observe
