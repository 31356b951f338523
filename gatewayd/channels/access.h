#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Who is answered: the access policy of an account, as a pure function over its configuration and
// one message. What is not admitted is committed and acknowledged like everything else, and never
// reaches a session.

#include <string>
#include <string_view>

#include "gatewayd/config/config.h"

namespace gw::channels {

// The facts about a message that access depends on.
struct Seen {
    bool is_group = false;
    std::string peer;
    std::string sender_id;
    std::string self_id;  // the account's own id; empty while unknown
    bool was_mentioned = false;
    bool is_notice = false;
    bool is_blank = false;  // no text to answer
};

enum class Verdict {
    admitted,
    is_own,     // said by the account itself
    is_notice,  // must never be answered
    is_blank,
    dm_refused,     // the policy for direct messages does not name the sender
    group_refused,  // the policy for groups does not name the group, or the sender
    not_mentioned,
};
std::string_view name(Verdict verdict);

// Ids are compared without regard to the case of ASCII letters.
Verdict judge(const config::Account& account, const Seen& seen);

}  // namespace gw::channels
