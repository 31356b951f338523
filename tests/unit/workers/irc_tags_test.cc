// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/tags.h"

#include <doctest/doctest.h>

#include "workers/irc/translate.h"

using namespace gw::irc;

TEST_CASE("irc tags: a line's tags are set apart, and unescaped one by one") {
    const auto line = parse_line("@a=1;+b=x\\:y\\sz\\\\\\r\\n\\q\\;c :ann!a@h PRIVMSG bot :hi");
    REQUIRE(line);
    CHECK(line->prefix == "ann!a@h");
    CHECK(find_tag(line->tags, "a") == "1");
    CHECK(find_tag(line->tags, "+b") == "x;y z\\\r\nq");
    CHECK(find_tag(line->tags, "c") == "");
    CHECK_FALSE(find_tag(line->tags, "b"));
    CHECK_FALSE(find_tag("", "a"));
    CHECK(find_tag("a=1;a=2", "a") == "2");
    CHECK(find_tag(";;=;a==;", "a") == "=");
}

TEST_CASE("irc tags: what is escaped comes back") {
    const std::string value = "a;b c\\d\r\ne=f\xf0\x9f\x98\x80";
    CHECK(find_tag("k=" + escape_tag(value), "k") == value);
    CHECK(escape_tag(value).find_first_of("; \r\n") == std::string::npos);
}

TEST_CASE("irc tags: an id is UTF-8 and not too long") {
    CHECK(find_id_tag("msgid=abc", "msgid") == "abc");
    CHECK_FALSE(find_id_tag("msgid=", "msgid"));
    CHECK_FALSE(find_id_tag("msgid=\xff", "msgid"));
    CHECK_FALSE(find_id_tag("msgid=" + std::string(481, 'x'), "msgid"));
    CHECK(find_reply("+draft/reply=m1") == "m1");
    CHECK(find_reply("+draft/reply=m1;+reply=m2") == "m2");
}

TEST_CASE("irc tags: an account is never taken for a nick!user@host") {
    CHECK(find_account("account=ann") == "ann");
    CHECK_FALSE(find_account("account=*"));
    CHECK_FALSE(find_account("account=ann!a@h"));
    CHECK_FALSE(find_account("+account=ann"));
}

TEST_CASE("irc tags: times are read exactly or not at all") {
    CHECK(find_time("time=1970-01-01T00:00:01.002Z") == 1002);
    CHECK(find_time("time=2026-01-30T09:00:00.000Z") == 1'769'763'600'000);
    for (const char* wrong :
         {"time=", "time=2026-02-30T09:00:00.000Z", "time=2026-01-30T24:00:00.000Z",
          "time=2026-01-30 09:00:00.000Z", "time=2026-01-30T09:00:00Z",
          "time=-026-01-30T09:00:00.000Z", "time=2026-+1-30T09:00:00.000Z"}) {
        CAPTURE(wrong);
        CHECK_FALSE(find_time(wrong));
    }
}
