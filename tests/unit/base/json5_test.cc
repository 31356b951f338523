// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/json5.h"

#include <doctest/doctest.h>

#include <string>

namespace gw::json5 {
namespace {

// The text as JSON, or why it was refused.
std::string as_json(std::string_view text) {
    const auto document = parse(text);
    return document ? json::to_string(document->root()) : document.error().message;
}

std::string at(const Document& document, std::string_view path) {
    const Position position = document.position(path);
    return std::to_string(position.line) + ":" + std::to_string(position.column);
}

TEST_CASE("json5: JSON is JSON5") {
    CHECK(as_json(R"({"a":[1,-2.5e3,"x\u00e9\n",true,false,null,{}],"b":[]})") ==
          "{\"a\":[1,-2500,\"x\u00e9\\n\",true,false,null,{}],\"b\":[]}");
    CHECK(as_json("18446744073709551615") == "18446744073709551615");
    CHECK(as_json("-9223372036854775808") == "-9223372036854775808");
}

TEST_CASE("json5: comments and blanks of every kind are skipped") {
    CHECK(as_json("// one\n/* two * / ** */ [ // three\r 1 /**/ , /*\n*/ 2 ] // end") == "[1,2]");
    CHECK(as_json("\uFEFF\u00a0\u2003\v\f[\u30001\u2028]\u2029") == "[1]");
    CHECK(as_json("// ends at a line separator\u2028 5") == "5");
}

TEST_CASE("json5: a comma may trail, but neither stand alone nor double") {
    CHECK(as_json("[1,2,]") == "[1,2]");
    CHECK(as_json("{a:1,}") == R"({"a":1})");
    CHECK(as_json("[,]") == "line 1, column 2: expected a value");
    CHECK(as_json("[1,,]") == "line 1, column 4: expected a value");
    CHECK(as_json("{,}") == "line 1, column 2: expected a key or '}'");
    CHECK(as_json("{a:1,,}") == "line 1, column 6: expected a key or '}'");
}

TEST_CASE("json5: keys need no quotes when they are identifiers") {
    CHECK(as_json("{a1:1,$_:2,\u00e9t\u00e9:3,null:4,'b c':5,\"d\":6,\\u0061b:7}") ==
          "{\"a1\":1,\"$_\":2,\"\u00e9t\u00e9\":3,\"null\":4,\"b c\":5,\"d\":6,\"ab\":7}");
    CHECK(as_json("{1a:1}") == "line 1, column 2: expected a key or '}'");
    CHECK(as_json("{a-b:1}") == "line 1, column 3: expected ':' after a key");
    CHECK(as_json("{a b:1}") == "line 1, column 4: expected ':' after a key");
    CHECK(as_json("{\\x41:1}") == "line 1, column 2: expected 'u' after '\\' in a key");
    CHECK(as_json("{a\\u002d:1}") ==
          "line 1, column 3: this escape cannot stand in a key without quotes");
}

TEST_CASE("json5: strings have two quotes and more escapes") {
    CHECK(as_json("['it\\'s', \"it's\", 'a \"b\"']") == R"(["it's","it's","a \"b\""])");
    CHECK(as_json(R"('\x41\v\0\q\/\u20ac\ud83d\ude00')") ==
          "\"A\\u000b\\u0000q/\u20ac\U0001F600\"");
    CHECK(as_json("'a\\\nb\\\r\nc\\\u2028d'") == "\"abcd\"");
    CHECK(as_json("'tab\there, \u2028 too'") == "\"tab\\there, \u2028 too\"");
}

TEST_CASE("json5: a broken string is refused where it starts, a broken escape where it stands") {
    CHECK(as_json("{a: 'x}") == "line 1, column 5: this string has no end");
    CHECK(as_json("'x\\") == "line 1, column 1: this string has no end");
    CHECK(as_json("[\n 'x\n']").starts_with("line 2, column 2: this string is not closed on its"));
    CHECK(as_json("'ab\\xg0'") == "line 1, column 4: expected two hexadecimal digits after '\\x'");
    CHECK(as_json("'\\u12'") == "line 1, column 2: expected four hexadecimal digits after '\\u'");
    CHECK(as_json("'\\ud800'") == "line 1, column 2: this escape is half of a surrogate pair");
    CHECK(as_json("'\\udc00'") == "line 1, column 2: this escape is half of a surrogate pair");
    CHECK(as_json("'\\ud800\\u0041'") ==
          "line 1, column 2: this escape is half of a surrogate pair");
    CHECK(as_json("'\\01'").starts_with("line 1, column 2: a backslash before this digit"));
    CHECK(as_json("'\\9'").starts_with("line 1, column 2: a backslash before this digit"));
}

TEST_CASE("json5: numbers may be hexadecimal, signed, and lack a side of the point") {
    CHECK(as_json("[0x1F,-0xa,+5,.5,5.,-.5e1,+0X10,1.e2]") == "[31,-10,5,0.5,5,-5,16,100]");
    CHECK(as_json("[0xffffffffffffffff,-0x8000000000000000]") ==
          "[18446744073709551615,-9223372036854775808]");
    CHECK(as_json("[1e-999,-0]") == "[0,0]");
    CHECK(as_json("100000000000000000000") == "100000000000000000000");
}

TEST_CASE("json5: what is no number says why") {
    CHECK(as_json("01").starts_with("line 1, column 1: a number cannot have leading zeros"));
    CHECK(as_json("0x") == "line 1, column 1: expected hexadecimal digits after '0x'");
    CHECK(as_json("0x10000000000000000") ==
          "line 1, column 1: this hexadecimal number exceeds 64 bits");
    CHECK(as_json(".") == "line 1, column 1: expected digits");
    CHECK(as_json("+") == "line 1, column 1: expected digits");
    CHECK(as_json("[ 1e]") == "line 1, column 3: expected digits in the exponent");
    CHECK(as_json("1e999") == "line 1, column 1: this number is out of range");
    CHECK(as_json("[1 2]") == "line 1, column 4: expected ',' or ']' after a value");
    for (const char* text : {"Infinity", "-Infinity", "+NaN", "NaN"})
        CHECK(as_json(text) == "line 1, column 1: Infinity and NaN cannot be used here");
}

TEST_CASE("json5: what is missing is named where it is missing") {
    CHECK(as_json("") == "line 1, column 1: expected a value");
    CHECK(as_json(" \n // nothing") == "line 2, column 12: expected a value");
    CHECK(as_json("{a}") == "line 1, column 3: expected ':' after a key");
    CHECK(as_json("{a:}") == "line 1, column 4: expected a value");
    CHECK(as_json("{\n  a: 1\n  b: 2\n}") == "line 3, column 3: expected ',' or '}' after a value");
    CHECK(as_json("{a:1") == "line 1, column 5: expected ',' or '}' after a value");
    CHECK(as_json("[1") == "line 1, column 3: expected ',' or ']' after a value");
    CHECK(as_json("{a:hello}") == "line 1, column 4: expected a value: strings need quotes");
    CHECK(as_json("1 x") == "line 1, column 3: expected the end of the text after the value");
    CHECK(as_json("[1]\n]") == "line 2, column 1: expected the end of the text after the value");
    CHECK(as_json(" /* open") == "line 1, column 2: this comment has no end: expected '*/'");
    CHECK(as_json("/x").starts_with("line 1, column 1: expected '/' or '*'"));
}

TEST_CASE("json5: a duplicate key names where the first one stands") {
    CHECK(as_json("{\n  port: 1,\n  'port': 2}") ==
          "line 3, column 3: duplicate key \"port\", first at line 2, column 3");
    CHECK(as_json("{a:{b:1},c:{b:1}}") == R"({"a":{"b":1},"c":{"b":1}})");
}

TEST_CASE("json5: nesting is accepted up to 64 and refused one deeper") {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    CHECK(parse(nested(64)));
    CHECK(as_json(nested(65)) == "line 1, column 65: nested deeper than 64");
    CHECK(as_json(std::string(1'000'000, '[')) == "line 1, column 65: nested deeper than 64");
}

TEST_CASE("json5: invalid UTF-8 is refused where it stands") {
    CHECK(as_json("{\n a: '\u00e9\xff'}") == "line 2, column 7: this is not valid UTF-8");
    CHECK(as_json("\xc3") == "line 1, column 1: this is not valid UTF-8");
}

TEST_CASE("json5: lines end at LF, CR and CR LF, and columns count code points") {
    CHECK(as_json("[\n\r\n\r x]").starts_with("line 4, column 2:"));
    CHECK(as_json("['\u00e9\U0001F600' x]").starts_with("line 1, column 7:"));
}

TEST_CASE("json5: every value remembers where it stands") {
    const auto document = parse(
        "// head\n"
        "{\n"
        "  gateway: { auth: { token: 'x' } },\n"
        "  bindings: [\n"
        "    1, [2],\n"
        "    { agentId: 'main' },\n"
        "  ],\n"
        "}");
    REQUIRE(document);
    CHECK(at(*document, "gateway") == "3:3");
    CHECK(at(*document, "gateway.auth.token") == "3:22");
    CHECK(at(*document, "bindings[0]") == "5:5");
    CHECK(at(*document, "bindings[1][0]") == "5:9");
    CHECK(at(*document, "bindings[2].agentId") == "6:7");
    CHECK(at(*document, "") == "2:1");
    CHECK(at(*document, "no.such.path") == "2:1");
}

TEST_CASE("json5: a document can be moved and outlives its text") {
    Result<Document> document = [] {
        const std::string text = "{a:'some text that is long enough for the heap'}";
        return parse(text);
    }();
    REQUIRE(document);
    const Document moved = *std::move(document);
    CHECK(moved.root().find("a")->string() == "some text that is long enough for the heap");
}

}  // namespace
}  // namespace gw::json5
