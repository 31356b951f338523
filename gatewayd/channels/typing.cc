// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/typing.h"

#include <utility>

namespace gw::channels {

Typing::Typing(loop::Loop& loop, Show show)
    : show_(std::move(show)), timer_(loop, [this] { refresh(); }) {}

void Typing::begin_typing(const Conversation& where) {
    const auto known = active_.find(where);
    if (known != active_.end()) {
        ++known->second.answers;
        return;
    }
    if (active_.size() >= kMaxConversations) return;
    active_.emplace(where, Active{.answers = 1, .shown = 1});
    show_(where);
    if (!timer_.is_running()) timer_.start_repeating(kRefresh);
}

void Typing::end_typing(const Conversation& where) {
    const auto known = active_.find(where);
    if (known == active_.end() || --known->second.answers > 0) return;
    active_.erase(known);
    if (active_.empty()) timer_.stop();
}

void Typing::refresh() {
    for (auto& [where, active] : active_) {
        if (active.shown >= kMaxShown) continue;
        ++active.shown;
        show_(where);
    }
}

}  // namespace gw::channels
