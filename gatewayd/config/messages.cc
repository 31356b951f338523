// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/config/messages.h"

namespace gw::config {

namespace {

// Each is tried on every message of a group.
constexpr std::size_t kMaxPatterns = 32;
// What a transcript can hold besides the message itself.
constexpr std::int64_t kMaxHistory = 200;

void read_patterns(Section& section, Config& config) {
    const auto patterns = section.texts("mentionPatterns");
    if (!patterns) return;
    if (patterns->size() > kMaxPatterns) {
        return section.complain("mentionPatterns",
                                "at most " + std::to_string(kMaxPatterns) + " patterns");
    }
    for (std::size_t i = 0; i < patterns->size(); ++i) {
        auto compiled = base::Regex::compile((*patterns)[i]);
        if (compiled) {
            config.mention_patterns.push_back(std::move(*compiled));
            continue;
        }
        section.complain("mentionPatterns[" + std::to_string(i) + ']',
                         "not a regular expression that is understood here (RE2, without "
                         "look-around and back-references): " +
                             compiled.error().message);
    }
}

}  // namespace

void read_messages(Section section, Config& config) {
    if (auto group_chat = section.section("groupChat")) {
        read_patterns(*group_chat, config);
        if (const auto limit = group_chat->integer("historyLimit", 0, kMaxHistory)) {
            config.group_history_limit = static_cast<int>(*limit);
        }
        group_chat->finish();
    }
    section.ignore({"messagePrefix", "responsePrefix", "queue", "inbound", "ackReaction",
                    "ackReactionScope", "removeAckAfterReply", "tts", "suppressToolErrors"});
    section.finish();
}

}  // namespace gw::config
