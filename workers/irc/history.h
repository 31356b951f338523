#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// History: asks a server for what was said while nobody listened (IRCv3 draft/chathistory), one
// conversation after the other. Pure: takes what the server answers, gives the next request.
// Messages come in as ordinary lines, and the core knows by their ids which it has.

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "workers/irc/translate.h"

namespace gw::irc {

class History {
  public:
    // A clock that was read a little late must not hide anything: what comes twice costs nothing.
    static constexpr std::int64_t kOverlapMs = 10'000;

    // since_ms: the last moment from which everything is known, by the server's clock as now_ms is.
    // page: the most lines of an answer.
    void begin(std::int64_t since_ms, std::int64_t now_ms, const std::vector<std::string>& channels,
               std::size_t page);
    // Also asks about one channel, since a moment of its own; nothing else if nothing was begun.
    void add(const std::string& channel, std::int64_t since_ms, std::size_t page);
    // Another connection begins.
    void stop() { is_active_ = false; }

    [[nodiscard]] bool is_active() const { return is_active_; }
    // The earliest moment that is asked about, or was last.
    [[nodiscard]] std::int64_t since_ms() const { return since_ms_; }
    // Whose history was asked for last; empty: which conversations there are.
    [[nodiscard]] std::string_view asked() const {
        return questions_.empty() ? std::string_view() : questions_.front().target;
    }
    // What to ask next; nothing when all was asked, and it is over.
    [[nodiscard]] std::optional<std::string> find_request();

    // A line of an answer: "CHATHISTORY TARGETS name time" names a conversation.
    void on_target(std::string_view name, std::string_view channel_types);
    void on_message(const std::string& id);
    // The answer is whole. It had that many lines.
    void on_answered(std::size_t lines);
    void on_refused(const std::string& why);

    // Why something is missing all the same; empty: nothing is.
    [[nodiscard]] const std::string& missing() const { return missing_; }

  private:
    struct Question {
        std::string target;  // empty: which conversations there are
        std::string after;   // "timestamp=…" or "msgid=…"
        std::size_t pages = 0;
    };

    void start_over(std::size_t page);
    void miss(const std::string& why);

    bool is_active_ = false;
    std::int64_t since_ms_ = 0;
    std::string since_;
    std::string until_;
    std::size_t page_ = 0;
    std::deque<Question> questions_;  // front is being answered
    std::set<std::string> names_;     // of the people asked about
    std::string last_id_;
    std::string missing_;
};

}  // namespace gw::irc
