#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Batches: lines that a server says belong together (IRCv3 batch). Pure; foreign, so bounded.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "workers/irc/translate.h"

namespace gw::irc {

struct Batch {
    std::string type;    // "chathistory", "labeled-response", "netsplit"
    std::string target;  // the first parameter behind the type; empty: none
    std::string label;   // of what it answers, its own or that of a batch around it
    std::size_t lines = 0;

    // What was said before, and not to us just now.
    [[nodiscard]] bool is_playback() const {
        return type == "chathistory" || type == "znc.in/playback";
    }
};

class Batches {
  public:
    void reset() { open_.clear(); }

    // "BATCH +ref type params": opens one. "BATCH -ref": returns the one that ends.
    std::optional<Batch> on_batch(const Line& line);

    // The batch that the line belongs to; nullptr: none.
    [[nodiscard]] Batch* find(const Line& line);

  private:
    std::map<std::string, Batch, std::less<>> open_;
};

}  // namespace gw::irc
