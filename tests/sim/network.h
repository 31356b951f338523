#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Network: the double of one provider. It is outside of every process and survives all of them, and
// it remembers everything, so that at the end the truth about each message is known.

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/world.h"

namespace gw::sim {

// What kind of provider it is.
struct Nature {
    std::string channel;
    std::chrono::milliseconds client_id_window{0};  // 0: it takes no ids
    bool can_look_up = false;
    bool redelivers = false;  // events have ids and are kept until they are acknowledged
};

// How badly it behaves; shares of all attempts.
struct Weather {
    double refused_for_now = 0;
    double refused_for_good = 0;
    double unanswered = 0;
    double disconnects = 0;
};

// What is said with one of these at its end is deadly to parse.
inline constexpr std::string_view kCrashes = "-crashes";
inline constexpr std::string_view kHangs = "-hangs";
inline bool is_deadly(std::string_view text) {
    return text.ends_with(kCrashes) || text.ends_with(kHangs);
}

// Something that was said on the network to our account.
struct Said {
    std::string id;
    std::string peer;
    std::string text;
    std::int64_t at_ms = 0;
    bool reached_worker = false;  // handed to Core::take_event by some worker
    bool was_told = false;        // and put on its link, for the core
};

class Network {
  public:
    Network(World& world, Nature nature) : world_(world), nature_(std::move(nature)) {}

    [[nodiscard]] const Nature& nature() const { return nature_; }
    Weather weather;

    // Outbound: what became of one request. Called when its bytes arrive.
    enum class Verdict { taken, not_now, never, silence };
    struct Answer {
        Verdict verdict = Verdict::silence;
        std::string message_id;
    };
    Answer receive(const std::string& client_id, const std::string& text);
    [[nodiscard]] std::optional<std::string> find_message(const std::string& text) const;
    // How often the message stands on the network.
    [[nodiscard]] int count(const std::string& text) const;

    // Inbound. listen() makes the worker that of the connection; step is called for each event that
    // comes while it lasts.
    using Listen = std::function<void(const Said&)>;
    void listen(ProcessId worker, Listen step);
    void hang_up(ProcessId worker);
    [[nodiscard]] bool is_heard() const { return world_.is_alive(listener_); }
    void say(const std::string& peer, const std::string& text);
    // Of a provider that redelivers: what stands behind the cursor, oldest first.
    [[nodiscard]] std::vector<Said> events_after(std::uint64_t cursor) const;
    void note_reached(const std::string& id);
    void note_told(std::string_view text);
    [[nodiscard]] const std::vector<Said>& said() const { return said_; }
    // What is said before anybody of ours was ever there is not ours to miss.
    [[nodiscard]] std::int64_t first_listened_ms() const { return first_listened_ms_; }

  private:
    struct Message {
        std::string id;
        int count = 0;
        std::map<std::string, Nanos> client_ids;  // when each was seen first
    };
    World& world_;
    Nature nature_;
    std::map<std::string, Message> messages_;  // by text, which is unique
    std::uint64_t last_message_ = 0;
    std::vector<Said> said_;
    ProcessId listener_ = 0;
    Nanos last_arrival_{0};  // of what was said, at whoever listened
    std::int64_t first_listened_ms_ = std::numeric_limits<std::int64_t>::max();
    Listen listen_;
};

}  // namespace gw::sim
