#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Channels: which channels the account is to be in, which it is in, and when to try the others
// again. Pure: told what happened and what time it is, says what to write.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "workers/irc/translate.h"

namespace gw::irc {

struct WantedChannel {
    std::string name;
    std::string key;  // empty: none
};

class Channels {
  public:
    explicit Channels(const std::vector<WantedChannel>& wanted);

    // A new connection: in none, and all are due.
    void reset();

    // JOIN lines for what is due.
    std::vector<std::string> join_due(base::SteadyTime now);
    // When the next one is due; nothing while none is.
    [[nodiscard]] std::optional<base::SteadyTime> find_next_due() const;

    void on_joined(std::string_view name, CaseMapping mapping, base::SteadyTime now);
    // True when that is news: not the refusal that was told before.
    bool on_refused(std::string_view name, const std::string& why, CaseMapping mapping,
                    base::SteadyTime now);
    // Joins again, later each time. heard_ms: when the server was heard last, in ms since 1970.
    void on_removed(std::string_view name, const std::string& why, CaseMapping mapping,
                    base::SteadyTime now, std::int64_t heard_ms);
    // No answer came in time: not in those that were asked for.
    void give_up_waiting(base::SteadyTime now);

    // Since when messages may have been missed in a channel that is joined, in ms since 1970.
    struct Missed {
        std::string name;
        std::int64_t since_ms = 0;
    };
    // Those of which that is known, each once.
    [[nodiscard]] std::vector<Missed> take_missed();
    // The account has missed messages since then, which is dealt with, but for the channels that
    // are not joined.
    void note_lost(std::int64_t lost_at_ms);
    // The earliest such moment of channels that are not joined, but none before not_before_ms; 0:
    // there is none.
    [[nodiscard]] std::int64_t find_missed_since(std::int64_t not_before_ms) const;

    [[nodiscard]] bool is_waiting() const;  // for an answer to a JOIN
    [[nodiscard]] bool is_asked(std::string_view name, CaseMapping mapping) const;
    [[nodiscard]] std::vector<std::string> joined() const;
    // "not in #a (banned), #b (no key)"; empty when in all.
    [[nodiscard]] std::string shortcomings() const;

  private:
    enum class State { due, asked, joined };
    struct Channel {
        WantedChannel wanted;
        State state = State::due;
        base::SteadyTime due{};  // of State::due
        std::string why;         // not in it
        int failures = 0;
        base::SteadyTime joined{};         // of State::joined
        std::int64_t missed_since_ms = 0;  // 0: nothing is known to be missed
    };

    [[nodiscard]] Channel* find(std::string_view name, CaseMapping mapping);
    static void put_off(Channel& channel, base::SteadyTime now);

    std::vector<Channel> channels_;
};

}  // namespace gw::irc
