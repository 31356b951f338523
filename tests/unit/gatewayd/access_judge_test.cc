// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/access/judge.h"

#include <doctest/doctest.h>

using namespace gw;
using namespace gw::access;

namespace {

using config::DmPolicy;
using config::GroupPolicy;

Facts direct_from(std::string sender) {
    Facts facts;
    facts.peer = sender;
    facts.sender_id = std::move(sender);
    facts.self_id = "bot";
    return facts;
}

Facts mention_in(std::string group, std::string sender) {
    Facts facts = direct_from(std::move(sender));
    facts.is_group = true;
    facts.peer = std::move(group);
    facts.was_mentioned = true;
    return facts;
}

Verdict direct(DmPolicy policy, const char* entry, bool is_paired) {
    config::Account account;
    account.channel = "irc";
    account.dm_policy = policy;
    if (entry != nullptr) account.allow_from = {entry};
    Facts facts = direct_from("ann!~a@host");
    facts.is_paired = is_paired;
    return judge(account, facts);
}

}  // namespace

TEST_CASE("access: by default nobody is answered") {
    const config::Account account;
    CHECK(judge(account, direct_from("alice")) == Verdict::dm_refused);
    CHECK(judge(account, mention_in("#ops", "alice")) == Verdict::group_refused);
}

TEST_CASE("access: who may write directly, by policy, list and pairing") {
    struct Row {
        DmPolicy policy;
        const char* entry;
        bool is_paired;
        Verdict verdict;
    };
    constexpr Row kRows[] = {
        {DmPolicy::allowlist, nullptr, false, Verdict::dm_refused},
        {DmPolicy::allowlist, "ANN!~a@HOST", false, Verdict::admitted},
        {DmPolicy::allowlist, "irc:ann!~a@host", false, Verdict::admitted},
        {DmPolicy::allowlist, "bob!~b@host", false, Verdict::dm_refused},
        {DmPolicy::allowlist, "*", false, Verdict::admitted},
        {DmPolicy::allowlist, nullptr, true, Verdict::admitted},
        {DmPolicy::pairing, nullptr, false, Verdict::may_pair},
        {DmPolicy::pairing, "bob!~b@host", false, Verdict::may_pair},
        {DmPolicy::pairing, "ann!~a@host", false, Verdict::admitted},
        {DmPolicy::pairing, nullptr, true, Verdict::admitted},
        {DmPolicy::open, "*", false, Verdict::admitted},
        {DmPolicy::disabled, "*", true, Verdict::dm_refused},
    };
    for (const Row& row : kRows) {
        INFO(static_cast<int>(row.policy) << " " << (row.entry == nullptr ? "-" : row.entry));
        CHECK(direct(row.policy, row.entry, row.is_paired) == row.verdict);
    }
}

TEST_CASE("access: on IRC a bare name is a services account, whatever nick somebody took") {
    config::Account account;
    account.channel = "irc";
    account.allow_from = {"ann"};
    Facts facts = direct_from("ann");
    CHECK(judge(account, facts) == Verdict::admitted);
    facts.sender_is_mutable = true;
    CHECK(judge(account, facts) == Verdict::dm_refused);
    account.allow_from = {"ann!~a@host"};
    facts.sender_id = "ann!~a@host";
    CHECK(judge(account, facts) == Verdict::admitted);
    facts.sender_id = "ann!~a@elsewhere";
    CHECK(judge(account, facts) == Verdict::dm_refused);
}

TEST_CASE("access: Telegram's names and prefixes mean what they mean there, and nowhere else") {
    config::Account account;
    account.channel = "telegram";
    account.allow_from = {"tg:7", "telegram:8", "@Ann"};
    Facts facts = direct_from("9");
    CHECK(judge(account, facts) == Verdict::dm_refused);
    facts.sender_username = "ann";
    CHECK(judge(account, facts) == Verdict::admitted);
    facts.sender_username = "anna";
    CHECK(judge(account, facts) == Verdict::dm_refused);
    CHECK(judge(account, direct_from("7")) == Verdict::admitted);
    CHECK(judge(account, direct_from("8")) == Verdict::admitted);
    account.channel = "discord";
    facts.sender_username = "ann";
    CHECK(judge(account, facts) == Verdict::dm_refused);
    CHECK(judge(account, direct_from("7")) == Verdict::dm_refused);
}

TEST_CASE("access: a stranger called * is not everybody, and is given no code") {
    config::Account account;
    account.dm_policy = DmPolicy::pairing;
    CHECK(judge(account, direct_from("*")) == Verdict::dm_refused);
}

TEST_CASE("access: in groups the sender is looked up in their own list, else in the general one") {
    config::Account account;
    account.allow_from = {"alice"};
    Facts paired = mention_in("#ops", "carol");
    paired.is_paired = true;
    CHECK(judge(account, mention_in("#ops", "alice")) == Verdict::admitted);
    CHECK(judge(account, paired) == Verdict::admitted);
    account.group_allow_from = {"bob"};
    CHECK(judge(account, mention_in("#ops", "alice")) == Verdict::group_refused);
    CHECK(judge(account, mention_in("#ops", "bob")) == Verdict::admitted);
    CHECK(judge(account, paired) == Verdict::group_refused);
}

TEST_CASE("access: groups that are listed are the only ones, open or not") {
    config::Account account;
    account.group_policy = GroupPolicy::open;
    CHECK(judge(account, mention_in("#any", "bob")) == Verdict::admitted);
    account.groups = {{"#ops", {}}};
    CHECK(judge(account, mention_in("#OPS", "bob")) == Verdict::admitted);
    CHECK(judge(account, mention_in("#any", "bob")) == Verdict::group_refused);
    account.groups = {{"*", {}}};
    CHECK(judge(account, mention_in("#any", "bob")) == Verdict::admitted);
    account.groups["#ops"].is_enabled = false;
    CHECK(judge(account, mention_in("#ops", "bob")) == Verdict::group_refused);
    account.group_policy = GroupPolicy::disabled;
    CHECK(judge(account, mention_in("#any", "bob")) == Verdict::group_refused);
}

TEST_CASE("access: a group's or a topic's own senders replace the account's") {
    config::Account account;
    account.group_policy = GroupPolicy::open;
    account.groups["#ops"].allow_from = {{"alice"}};
    account.groups["#ops"].topics["7"].allow_from = {{"bob"}};
    CHECK(judge(account, mention_in("#ops", "bob")) == Verdict::group_refused);
    CHECK(judge(account, mention_in("#ops", "alice")) == Verdict::admitted);
    Facts in_topic = mention_in("#ops", "bob");
    in_topic.thread = "7";
    CHECK(judge(account, in_topic) == Verdict::admitted);
    account.groups["#ops"].topics["7"].is_enabled = false;
    CHECK(judge(account, in_topic) == Verdict::group_refused);
}

TEST_CASE(
    "access: a mention is needed as topic, group, all groups and account say, in this order") {
    config::Account account;
    account.group_policy = GroupPolicy::open;
    Facts facts = mention_in("#ops", "bob");
    facts.was_mentioned = false;
    facts.thread = "7";
    CHECK(judge(account, facts) == Verdict::not_mentioned);
    account.require_mention = false;
    CHECK(judge(account, facts) == Verdict::admitted);
    account.groups["*"].require_mention = true;
    CHECK(judge(account, facts) == Verdict::not_mentioned);
    account.groups["#ops"].require_mention = false;
    CHECK(judge(account, facts) == Verdict::admitted);
    account.groups["#ops"].topics["7"].require_mention = true;
    CHECK(judge(account, facts) == Verdict::not_mentioned);
}

TEST_CASE("access: what happens to messages is told by those who are admitted, unmentioned too") {
    config::Account account;
    account.allow_from = {"alice"};
    account.dm_policy = DmPolicy::pairing;
    Facts facts = mention_in("#ops", "alice");
    facts.was_mentioned = false;
    facts.is_happening = true;
    CHECK(judge(account, facts) == Verdict::is_happening);
    facts.sender_id = "bob";
    CHECK(judge(account, facts) == Verdict::group_refused);
    facts.is_group = false;
    CHECK(judge(account, facts) == Verdict::dm_refused);
}

TEST_CASE("access: notices, own and empty messages are never answered, and pair nobody") {
    for (const DmPolicy policy : {DmPolicy::allowlist, DmPolicy::pairing}) {
        config::Account account;
        account.dm_policy = policy;
        if (policy == DmPolicy::allowlist) account.allow_from = {"*"};
        Facts notice = direct_from("alice");
        notice.is_notice = true;
        CHECK(judge(account, notice) == Verdict::is_notice);
        CHECK(judge(account, direct_from("BOT")) == Verdict::is_own);
        Facts blank = direct_from("alice");
        blank.is_blank = true;
        CHECK(judge(account, blank) == Verdict::is_blank);
    }
}
