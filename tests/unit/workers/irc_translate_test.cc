// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <doctest/doctest.h>

#include "base/utf8.h"
#include "workers/irc/translate.h"

using namespace gw::irc;

TEST_CASE("irc: lines are taken apart as RFC 2812 writes them") {
    const auto line = parse_line(":ann!~a@host PRIVMSG #chat :hello  there: you");
    REQUIRE(line);
    CHECK(line->prefix == "ann!~a@host");
    CHECK(line->command == "PRIVMSG");
    REQUIRE(line->params.size() == 2);
    CHECK(line->param(0) == "#chat");
    CHECK(line->param(1) == "hello  there: you");
    CHECK(line->param(2) == "");

    CHECK(parse_line("PING :x")->param(0) == "x");
    CHECK(parse_line("PING x")->param(0) == "x");
    CHECK(parse_line("@time=2020;a=b :s 001 me :hi")->command == "001");
    CHECK(parse_line(":s 353 me = #c :")->params.size() == 4);
}

TEST_CASE("irc: lines that are none give nothing") {
    for (const char* text : {"", " ", ":", ":prefix", ":prefix ", "@tags", "@tags :prefix"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_line(text));
    }
}

TEST_CASE("irc: a prefix without a user is a server") {
    CHECK(*find_nick("ann!u@h") == "ann");
    CHECK_FALSE(find_nick("irc.example.org"));
    CHECK_FALSE(find_nick("!u@h"));
    CHECK_FALSE(find_nick(""));
}

TEST_CASE("irc: names are folded as the server does") {
    CHECK(fold("A[]\\~", CaseMapping::rfc1459) == "a{}|^");
    CHECK(fold("A[]\\~", CaseMapping::strict_rfc1459) == "a{}|~");
    CHECK(fold("A[]\\~", CaseMapping::ascii) == "a[]\\~");
}

TEST_CASE("irc: a target can never smuggle a second command or recipient") {
    CHECK(is_target("ann"));
    CHECK(is_target("#chat"));
    for (const std::string& bad : std::vector<std::string>{"", "a b", "a\r\nQUIT", "a\nb", "a,b",
                                                           ":a", "a\x01", std::string("a\0b", 3)}) {
        CAPTURE(bad);
        CHECK_FALSE(is_target(bad));
    }
    CHECK_FALSE(is_target(std::string(500, 'x')));
}

TEST_CASE("irc: actions are said, other CTCP requests are not") {
    CHECK(*find_said("hi", "ann") == "hi");
    CHECK(*find_said("\x01"
                     "ACTION waves\x01",
                     "ann") == "* ann waves");
    CHECK(*find_said("\x01"
                     "ACTION waves",
                     "ann") == "* ann waves");
    CHECK_FALSE(find_said("\x01VERSION\x01", "ann"));
    CHECK_FALSE(find_said("\x01", "ann"));
}

TEST_CASE("irc: text becomes UTF-8 without colours, whatever came") {
    CHECK(to_utf8("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
    CHECK(to_utf8("gr\xfc\xdf \x80") == "gr\xc3\xbc\xc3\x9f \xe2\x82\xac");
    CHECK(to_utf8("\x02"
                  "bold\x02 \x03"
                  "04,12red\x0f") == "bold red");
    CHECK(to_utf8("\x03"
                  "1234") == "34");
    CHECK(to_utf8("\x03,5") == ",5");
    for (int byte = 1; byte < 256; ++byte) {
        CHECK(gw::base::is_utf8(to_utf8(std::string(3, static_cast<char>(byte)))));
    }
}

TEST_CASE("irc: a nick counts as a word of its own only") {
    const auto addressed = [](std::string_view text) {
        return find_address(text, "Bot", CaseMapping::rfc1459).is_addressed;
    };
    CHECK(addressed("bot: hi"));
    CHECK(addressed("hi BOT!"));
    CHECK(addressed("ask bot, please"));
    CHECK_FALSE(addressed("bottom"));
    CHECK_FALSE(addressed("robot"));
    CHECK_FALSE(addressed("bot_"));
    CHECK_FALSE(
        addressed("\xc3\xa9"
                  "bot"));
    CHECK_FALSE(addressed(""));
    CHECK(find_address("bot: hi", "bot", CaseMapping::ascii).text == "hi");
    CHECK(find_address("bot,hi", "bot", CaseMapping::ascii).text == "hi");
    CHECK(find_address("bot hi", "bot", CaseMapping::ascii).text == "bot hi");
}

TEST_CASE("irc: long text is split at blanks and never inside a character") {
    CHECK(split_text("one\r\ntwo\n\n \nthree", 100) ==
          std::vector<std::string>{"one", "two", "three"});
    CHECK(split_text("aaaa bbbb cccc", 9) == std::vector<std::string>{"aaaa bbbb", "cccc"});
    std::string smileys;
    for (int i = 0; i < 500; ++i)
        smileys += "\xf0\x9f\x98\x80";
    std::string joined;
    for (const std::string& piece : split_text(smileys, 401)) {
        CHECK(piece.size() <= 401);
        CHECK(gw::base::is_utf8(piece));
        joined += piece;
    }
    CHECK(joined == smileys);
    CHECK(split_text(std::string("a\0b", 3), 10) == std::vector<std::string>{"ab"});
    CHECK(split_text("\xf0\x9f\x98\x80", 1).size() == 1);
    CHECK(split_text("", 10).empty());
}
