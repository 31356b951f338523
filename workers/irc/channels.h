#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Channels: which channels the account is to be in, which it is in, and when to try the others
// again. Pure: told what happened and what time it is, says what to write.

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

    void on_joined(std::string_view name, CaseMapping mapping);
    // True when that is news: not the refusal that was told before.
    bool on_refused(std::string_view name, const std::string& why, CaseMapping mapping,
                    base::SteadyTime now);
    // Joins again, later each time.
    void on_removed(std::string_view name, const std::string& why, CaseMapping mapping,
                    base::SteadyTime now);
    // No answer came in time: not in those that were asked for.
    void give_up_waiting(base::SteadyTime now);

    [[nodiscard]] bool is_waiting() const;  // for an answer to a JOIN
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
    };

    [[nodiscard]] Channel* find(std::string_view name, CaseMapping mapping);
    static void put_off(Channel& channel, base::SteadyTime now);

    std::vector<Channel> channels_;
};

}  // namespace gw::irc
