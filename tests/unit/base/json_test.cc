// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/json.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace gw::json {
namespace {

// The text again as we write it, or why it was refused.
std::string rewritten(std::string_view text) {
    Parser parser;
    const auto value = parser.parse(text);
    return value ? to_string(*value) : value.error().message;
}

bool is_refused(std::string_view text) {
    Parser parser;
    const auto value = parser.parse(text);
    return !value && value.error().code == Errc::invalid_input;
}

TEST_CASE("json: every kind of value is told apart") {
    Parser parser;
    const auto value = parser.parse(R"([null, true, "s", 1, 1.5, [], {}])");
    REQUIRE(value);
    CHECK(value->size() == 7);
    CHECK(value->element(0).is_null());
    CHECK(value->element(1).is_bool());
    CHECK(value->element(1).boolean());
    CHECK(value->element(2).string() == "s");
    CHECK(value->element(3).is_integer());
    CHECK(value->element(4).is_number());
    CHECK_FALSE(value->element(4).is_integer());
    CHECK(value->element(5).is_array());
    CHECK(value->element(6).is_object());
    CHECK(Value().is_null());
    CHECK_FALSE(Value().is_number());
}

TEST_CASE("json: a member is found, of duplicates the last, and members keep their order") {
    Parser parser;
    const auto value = parser.parse(R"({"b":1,"a":2,"b":3,"":4})");
    REQUIRE(value);
    CHECK(value->find("b")->integer() == 3);
    CHECK(value->find("")->integer() == 4);
    CHECK_FALSE(value->find("c"));
    CHECK_FALSE(value->find("a")->find("x"));
    std::string order;
    for (const auto member : value->members())
        order.append(member.key).append(std::to_string(member.value().integer()));
    CHECK(order == "b1a2b34");
}

TEST_CASE("json: escapes become the characters they stand for") {
    Parser parser;
    const auto value =
        parser.parse(R"(["\"\\\/\b\f\n\r\t", "\u0041\u00e9\u20AC\ud83d\ude00", "\u0000x"])");
    REQUIRE(value);
    CHECK(value->element(0).string() == "\"\\/\b\f\n\r\t");
    CHECK(value->element(1).string() == "A\u00e9\u20ac\U0001F600");
    CHECK(value->element(2).string() == std::string_view("\0x", 2));
}

TEST_CASE("json: half a surrogate pair is refused") {
    for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\udc00\ud800")",
                             R"("\ud800x")", R"({"\udfff":1})"}) {
        CAPTURE(text);
        CHECK(is_refused(text));
    }
}

TEST_CASE("json: nesting is accepted up to its limit and refused one deeper") {
    const auto nested = [](std::size_t depth, const char* open, const char* shut) {
        std::string text;
        for (std::size_t i = 0; i < depth; ++i)
            text.append(open);
        text.append("1");
        for (std::size_t i = 0; i < depth; ++i)
            text.append(shut);
        return text;
    };
    Parser parser;
    CHECK(parser.parse(nested(64, "[", "]")));
    CHECK(parser.parse(nested(64, R"({"k":)", "}")));
    CHECK_FALSE(parser.parse(nested(65, "[", "]")));
    CHECK_FALSE(parser.parse(nested(65, R"({"k":)", "}")));
    CHECK(parser.parse(nested(1'000'000, "[", "")).error().message ==
          "nested too deeply at offset 65");
}

TEST_CASE("json: more values than a text may hold are refused") {
    const auto list = [](std::size_t count) {
        std::string text = "[0";
        for (std::size_t i = 1; i < count; ++i)
            text.append(",0");
        return text + "]";
    };
    Parser parser;
    CHECK(parser.parse(list(Parser::kMaxValues - 1)));
    CHECK_FALSE(parser.parse(list(Parser::kMaxValues)));
    CHECK(parser.parse("[1]"));
}

TEST_CASE("json: a NUL byte is refused wherever it stands") {
    using namespace std::string_view_literals;
    CHECK(is_refused("\0"sv));
    CHECK(is_refused("1\0"sv));
    CHECK(is_refused("1\0 2"sv));
    CHECK(is_refused("\"a\0b\""sv));
    CHECK(is_refused("[1,\0 2]"sv));
    CHECK(is_refused("{\"a\":1}\0"sv));
}

TEST_CASE("json: a control character is refused at every place of a string") {
    for (int c = 1; c < 0x20; ++c) {
        for (std::size_t at = 0; at < 40; ++at) {
            std::string text = "\"" + std::string(40, 'x') + "\"";
            text[1 + at] = static_cast<char>(c);
            CAPTURE(c);
            CAPTURE(at);
            REQUIRE(is_refused(text));
        }
    }
}

TEST_CASE("json: invalid UTF-8 is refused in strings, keys and between") {
    for (const char* text :
         {"\"\xff\"", "\"\xc3\"", "{\"\xed\xa0\x80\":1}", "\xff", "[1,\x80 2]"}) {
        CAPTURE(text);
        CHECK(is_refused(text));
    }
    CHECK(rewritten("\"\xc3\xa9\"") == "\"\u00e9\"");
}

TEST_CASE("json: what is not JSON is refused with the offset") {
    CHECK(rewritten("") == "empty text");
    CHECK(rewritten("  ") == "empty text at offset 2");
    CHECK(rewritten("1 2") == "text behind the value at offset 2");
    CHECK(rewritten("[1,]") == "invalid value at offset 3");
    CHECK(rewritten("[1 2]") == "expected ',' or ']' at offset 3");
    CHECK(rewritten(R"({"a" 1})") == "expected ':' at offset 5");
    CHECK(rewritten(R"({"a":1,})") == "expected a key at offset 7");
    CHECK(rewritten(R"({"a":1 "b":2})") == "expected ',' or '}' at offset 7");
    CHECK(rewritten("1.") == "expected a digit at offset 2");
    for (const char* text :
         {"nul", "tru", "01", "+1", ".5", "1.e1", "0x1", "NaN", "Infinity", "'a'", "{a:1}",
          "[1]//x", "\"", "\"\\x41\"", "-", "1e", "\xef\xbb\xbf{}"}) {
        CAPTURE(text);
        CHECK(is_refused(text));
    }
}

TEST_CASE("json: numbers are those of ECMAScript") {
    Parser parser;
    const auto number = [&](std::string_view text) { return parser.parse(text)->number(); };
    CHECK(number("0.1") == 0.1);
    CHECK(number("-0.3e-3") == -0.3e-3);
    CHECK(number("123456789.123456789") == 123456789.123456789);
    CHECK(number("5e-324") == 5e-324);
    CHECK(number("1e-400") == 0);
    CHECK(number("1.7976931348623157e308") == std::numeric_limits<double>::max());
    CHECK(number("0.1000000000000000055511151231257827021181583404541015625") == 0.1);
    CHECK(number("9007199254740993.0") == 9007199254740992.0);
    CHECK(std::signbit(number("-0")));
    CHECK(is_refused("1e400"));
    CHECK(is_refused("-1e400"));
    CHECK(is_refused("1.7976931348623159e308"));
}

TEST_CASE("json: integers are recognised in every spelling and saturate at 64 bits") {
    Parser parser;
    const auto is_integer = [&](std::string_view text) { return parser.parse(text)->is_integer(); };
    const auto integer = [&](std::string_view text) { return parser.parse(text)->integer(); };
    using Limits = std::numeric_limits<std::int64_t>;
    for (const char* text : {"0", "-0", "3.0", "3e2", "1e308", "18446744073709551616", "-5"}) {
        CAPTURE(text);
        CHECK(is_integer(text));
    }
    CHECK_FALSE(is_integer("3.5"));
    CHECK_FALSE(is_integer("1e-5"));
    CHECK_FALSE(is_integer("\"3\""));
    CHECK(integer("3.0") == 3);
    CHECK(integer("-7.9") == -7);
    CHECK(integer("123456789012345678") == 123456789012345678);
    CHECK(integer("9223372036854775807") == Limits::max());
    CHECK(integer("9223372036854775808") == Limits::max());
    CHECK(integer("18446744073709551615") == Limits::max());
    CHECK(integer("1e300") == Limits::max());
    CHECK(integer("-9223372036854775808") == Limits::min());
    CHECK(integer("-9223372036854775809") == Limits::min());
    CHECK(integer("-1e300") == Limits::min());
}

TEST_CASE("json: a text is parsed inside its own buffer") {
    Parser parser;
    std::string buffer = R"({"k":"a\nb"}X)";
    const auto value = parser.parse_in_place({buffer.data(), buffer.size() - 1});
    REQUIRE(value);
    const std::string_view text = value->find("k")->string();
    CHECK(text == "a\nb");
    CHECK(text.data() > buffer.data());
    CHECK(text.data() < buffer.data() + buffer.size());
}

TEST_CASE("json: one parser reads texts of all sizes one after the other") {
    Parser parser;
    for (const std::size_t size : {1U, 100'000U, 3U, 600'000U, 2U}) {
        std::string text = "[\"" + std::string(size, 'x') + "\"";
        for (std::size_t i = 0; i < size; ++i)
            text.append(",1");
        const auto value = parser.parse(text + "]");
        REQUIRE(value);
        CHECK(value->size() == size + 1);
        CHECK(value->element(0).string().size() == size);
        CHECK(value->element(size).integer() == 1);
        CHECK_FALSE(parser.parse("[1,"));
    }
}

}  // namespace
}  // namespace gw::json
