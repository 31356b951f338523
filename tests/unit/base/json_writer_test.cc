// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "base/json.h"

namespace gw::json {
namespace {

std::string written(double d) {
    std::string out;
    Writer(out).value(d);
    return out;
}

std::string quoted(std::string_view text) {
    std::string out;
    append_string(out, text);
    return out;
}

TEST_CASE("json writer: commas and colons come by themselves") {
    std::string out = "> ";
    Writer writer(out);
    writer.begin_object().field("ok", true).key("list").begin_array();
    writer.value(1).value("two").null().begin_object().end_object().begin_array().end_array();
    writer.end_array().optional_field("none", std::optional<int>());
    writer.optional_field("some", std::optional<int>(5)).foreign_key("a\"b").raw("[1,2]");
    writer.field("last", false).end_object();
    CHECK(out == R"(> {"ok":true,"list":[1,"two",null,{},[]],"some":5,"a\"b":[1,2],"last":false})");
}

TEST_CASE("json writer: integers of every width are written exactly") {
    std::string out;
    Writer writer(out);
    writer.begin_array();
    writer.value(std::numeric_limits<std::int64_t>::min());
    writer.value(std::numeric_limits<std::uint64_t>::max());
    writer.value(static_cast<std::uint8_t>(255)).value(static_cast<short>(-3)).end_array();
    CHECK(out == "[-9223372036854775808,18446744073709551615,255,-3]");
}

TEST_CASE("json writer: doubles look as in ECMAScript") {
    CHECK(written(0.0) == "0");
    CHECK(written(-0.0) == "0");
    CHECK(written(3.0) == "3");
    CHECK(written(-2.5) == "-2.5");
    CHECK(written(0.1) == "0.1");
    CHECK(written(1700000000000.0) == "1700000000000");
    CHECK(written(123456789.125) == "123456789.125");
    CHECK(written(1e20) == "100000000000000000000");
    CHECK(written(1e21) == "1e+21");
    CHECK(written(1.5e300) == "1.5e+300");
    CHECK(written(0.000001) == "0.000001");
    CHECK(written(0.00000123) == "0.00000123");
    CHECK(written(1e-7) == "1e-7");
    CHECK(written(-1.25e-9) == "-1.25e-9");
    CHECK(written(5e-324) == "5e-324");
    CHECK(written(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
    CHECK(written(std::numeric_limits<double>::infinity()) == "null");
    CHECK(written(std::numeric_limits<double>::quiet_NaN()) == "null");
}

TEST_CASE("json writer: what must be escaped is, at every place in a string") {
    CHECK(quoted("") == "\"\"");
    CHECK(quoted("\"\\\b\f\n\r\t\x01\x1f\x7f/") ==
          "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/\"");
    CHECK(quoted(std::string_view("a\0b", 3)) == "\"a\\u0000b\"");
    for (std::size_t at = 0; at < 20; ++at) {
        for (const char c : {'"', '\\', '\x1f', '\x00', '\n'}) {
            std::string text(20, 'x');
            text[at] = c;
            Parser parser;
            const auto value = parser.parse(quoted(text));
            REQUIRE(value);
            REQUIRE(value->string() == text);
        }
    }
}

TEST_CASE("json writer: no byte but the escaped ones is changed") {
    for (int c = 0x20; c < 0x80; ++c) {
        if (c == '"' || c == '\\') continue;
        const std::string text(11, static_cast<char>(c));
        REQUIRE(quoted(text) == "\"" + text + "\"");
    }
    CHECK(quoted("\u00e9\u20ac\U0001F600 and more text") ==
          "\"\u00e9\u20ac\U0001F600 and more text\"");
    CHECK(quoted("12345678\u00e9\"") == "\"12345678\u00e9\\\"\"");
}

TEST_CASE("json writer: invalid UTF-8 becomes replacement characters") {
    CHECK(quoted("a\xff"
                 "b") == "\"a\uFFFDb\"");
    CHECK(quoted("12345678\xc3") == "\"12345678\uFFFD\"");
    CHECK(quoted("\xed\xa0\x80\n") == "\"\uFFFD\uFFFD\uFFFD\\n\"");
}

TEST_CASE("json writer: a parsed value is written as it was read") {
    for (const char* text :
         {R"({"a":[1,-2,3.5,"x\"\n",true,false,null,{"b":{}}],"":"\u0001","a":[]})",
          "18446744073709551615", "-9223372036854775808", "1e-7", "\"\\u0000\"", "[]", "0.1"}) {
        Parser parser;
        const auto value = parser.parse(text);
        REQUIRE(value);
        CHECK(to_string(*value) == text);
    }
}

}  // namespace
}  // namespace gw::json
