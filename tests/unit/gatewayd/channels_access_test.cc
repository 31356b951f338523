// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/access.h"

#include <doctest/doctest.h>

using namespace gw;
using namespace gw::channels;

namespace {

Seen direct_from(std::string sender) {
    Seen seen;
    seen.peer = sender;
    seen.sender_id = std::move(sender);
    seen.self_id = "bot";
    return seen;
}

Seen mention_in(std::string group, std::string sender) {
    Seen seen = direct_from(std::move(sender));
    seen.is_group = true;
    seen.peer = std::move(group);
    seen.was_mentioned = true;
    return seen;
}

}  // namespace

TEST_CASE("access: by default nobody is answered") {
    const config::Account account;
    CHECK(judge(account, direct_from("alice")) == Verdict::dm_refused);
    CHECK(judge(account, mention_in("#ops", "alice")) == Verdict::group_refused);
}

TEST_CASE("access: the allowlist names who may write directly, in any case") {
    config::Account account;
    account.allow_from = {"Alice"};
    CHECK(judge(account, direct_from("alice")) == Verdict::admitted);
    CHECK(judge(account, direct_from("alicia")) == Verdict::dm_refused);
    account.allow_from = {"*"};
    CHECK(judge(account, direct_from("bob")) == Verdict::admitted);
}

TEST_CASE("access: direct messages can be open or disabled") {
    config::Account account;
    account.dm_policy = config::DmPolicy::open;
    CHECK(judge(account, direct_from("bob")) == Verdict::admitted);
    account.dm_policy = config::DmPolicy::disabled;
    account.allow_from = {"*"};
    CHECK(judge(account, direct_from("bob")) == Verdict::dm_refused);
}

TEST_CASE("access: in groups the sender is looked up in their own list, else in the general one") {
    config::Account account;
    account.allow_from = {"alice"};
    CHECK(judge(account, mention_in("#ops", "alice")) == Verdict::admitted);
    account.group_allow_from = {"bob"};
    CHECK(judge(account, mention_in("#ops", "alice")) == Verdict::group_refused);
    CHECK(judge(account, mention_in("#ops", "bob")) == Verdict::admitted);
}

TEST_CASE("access: a list of groups limits which are answered, open or not") {
    config::Account account;
    account.group_policy = config::GroupPolicy::open;
    CHECK(judge(account, mention_in("#any", "bob")) == Verdict::admitted);
    account.groups = {"#ops"};
    CHECK(judge(account, mention_in("#OPS", "bob")) == Verdict::admitted);
    CHECK(judge(account, mention_in("#any", "bob")) == Verdict::group_refused);
    account.groups = {"*"};
    CHECK(judge(account, mention_in("#any", "bob")) == Verdict::admitted);
    account.group_policy = config::GroupPolicy::disabled;
    CHECK(judge(account, mention_in("#any", "bob")) == Verdict::group_refused);
}

TEST_CASE("access: groups need a mention unless configured otherwise") {
    config::Account account;
    account.group_policy = config::GroupPolicy::open;
    Seen seen = mention_in("#ops", "bob");
    seen.was_mentioned = false;
    CHECK(judge(account, seen) == Verdict::not_mentioned);
    account.require_mention = false;
    CHECK(judge(account, seen) == Verdict::admitted);
}

TEST_CASE("access: notices, own and empty messages are never answered") {
    config::Account account;
    account.allow_from = {"*"};
    Seen notice = direct_from("alice");
    notice.is_notice = true;
    CHECK(judge(account, notice) == Verdict::is_notice);
    CHECK(judge(account, direct_from("BOT")) == Verdict::is_own);
    Seen blank = direct_from("alice");
    blank.is_blank = true;
    CHECK(judge(account, blank) == Verdict::is_blank);
}
