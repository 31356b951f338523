#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Presence: who is, or lately was, connected, as operators see it; docs/protocol/events.md has the
// fields. Entries live five minutes after their last sign of life, at most 200 of them, newest
// first; the gateway's own entry always stands at the top. Each entry keeps its JSON, so that
// listing all of them is copying text.

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace gw::observe {

struct PresenceEntry {
    std::string host;
    std::string ip;
    std::string version;
    std::string platform;
    std::string device_family;
    std::string model_identifier;
    std::string mode;
    std::optional<std::int64_t> last_input_seconds;
    std::string reason;
    std::string text;
    std::string device_id;
    std::string instance_id;
    std::vector<std::string> roles;
    std::vector<std::string> scopes;
    std::int64_t ts = 0;

    bool operator==(const PresenceEntry&) const = default;
};

class Presence {
  public:
    static constexpr std::int64_t kLifeMs = 300'000;
    static constexpr std::size_t kMaxEntries = 200;

    // self is the gateway's own entry; its time is that of each listing.
    Presence(const base::Clock& clock, PresenceEntry self);

    // Inserts or refreshes the entry of that key (lower-cased here). Non-empty fields replace,
    // roles and scopes are united. The version goes up by one.
    void put(std::string_view key, PresenceEntry entry);

    // The entry as it was, but with this reason and a fresh time. Nothing happens without one.
    void touch(std::string_view key, std::string_view reason);

    // Ascends with each change.
    [[nodiscard]] std::uint64_t version() const { return version_; }

    [[nodiscard]] std::optional<PresenceEntry> find(std::string_view key) const;

    // Appends the JSON array.
    void append_list(std::string& out);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    struct Node {
        std::string key;
        PresenceEntry entry;
        std::string json;
    };
    using Entries = std::list<Node>;  // newest first

    void refresh(Entries::iterator it);
    void drop_old(std::int64_t now_ms);

    const base::Clock& clock_;
    PresenceEntry self_;
    std::string self_head_;  // of the own entry, up to the time
    Entries entries_;
    std::unordered_map<std::string, Entries::iterator> by_key_;
    std::uint64_t version_ = 1;
};

// Reads "Node: <host> (<ip>) · app <version> · last input <n>s ago · mode <mode> · reason
// <reason>", the text older apps send with system-event. Nothing where the text has another form.
std::optional<PresenceEntry> find_presence_in_text(std::string_view text);

}  // namespace gw::observe
