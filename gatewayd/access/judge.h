#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Who is answered: the access policy of an account, as a pure function over its configuration and
// the facts about one message. What is not admitted is committed and acknowledged like everything
// else, and never starts a turn.
//
//   groups   the policy → is the group listed → may the sender → was the account mentioned
//   direct   the policy → may the sender → if not, may they ask for a pairing

#include <string>
#include <string_view>

#include "gatewayd/config/config.h"

namespace gw::access {

// The facts about a message that access depends on.
struct Facts {
    bool is_group = false;
    std::string peer;
    std::string thread;
    std::string sender_id;
    std::string sender_username;     // without "@"; empty: none
    bool sender_is_mutable = false;  // the id can be taken over by somebody else
    bool is_paired = false;          // on the account's own allow-list, by somebody's approval
    std::string self_id;             // the account's own id; empty while unknown
    bool was_mentioned = false;
    bool is_notice = false;
    bool is_blank = false;      // no text to answer
    bool is_happening = false;  // an edit, a reaction and the like: told, never answered
};

enum class Verdict {
    admitted,
    is_happening,  // of somebody who is admitted
    is_own,        // said by the account itself
    is_notice,     // must never be answered
    is_blank,
    may_pair,       // a stranger, who may be given a code
    dm_refused,     // the policy for direct messages does not name the sender
    group_refused,  // the policy for groups does not name the group, or the sender
    not_mentioned,  // and nothing else is missing
};
std::string_view name(Verdict verdict);

// Ids are compared without regard to the case of ASCII letters.
Verdict judge(const config::Account& account, const Facts& facts);

}  // namespace gw::access
