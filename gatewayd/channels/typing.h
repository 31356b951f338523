#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Typing: shows in a conversation that an answer is on its way, again and again while it is.
// Networks forget it within seconds. Lives on the core's loop.

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>

#include "gatewayd/channels/answerer.h"
#include "loop/loop.h"

namespace gw::channels {

class Typing final : public Typist {
  public:
    using Show = std::function<void(const Conversation&)>;

    static constexpr std::chrono::seconds kRefresh{6};
    // An answer that takes longer shows no sign of life any more.
    static constexpr int kMaxShown = 20;
    // Conversations beyond this go without.
    static constexpr std::size_t kMaxConversations = 1024;

    Typing(loop::Loop& loop, Show show);

    void begin_typing(const Conversation& where) override;
    void end_typing(const Conversation& where) override;

  private:
    struct Active {
        int answers = 0;  // under way
        int shown = 0;
    };
    void refresh();

    Show show_;
    std::map<Conversation, Active> active_;
    loop::Timer timer_;
};

}  // namespace gw::channels
