// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/text/chunks.h"

#include <doctest/doctest.h>

#include <string>

#include "workers/common/text/markdown.h"
#include "workers/common/text/utf16.h"

using namespace gw;
using text::ChunkMode;

namespace {

std::vector<std::string> texts(const std::string& whole, std::size_t limit,
                               ChunkMode mode = ChunkMode::length) {
    std::vector<std::string> found;
    for (const auto& chunk : text::split({whole, {}}, limit, mode))
        found.push_back(chunk.text);
    return found;
}

using Texts = std::vector<std::string>;
const std::string kGrin = "\xf0\x9f\x98\x80";  // two units

}  // namespace

TEST_CASE("utf16: lengths and offsets count units") {
    const std::string mixed = "a" + kGrin + "\xc3\xbc";
    CHECK(text::utf16_length(mixed) == 4);
    CHECK(text::byte_of_unit(mixed, 0) == 0);
    CHECK(text::byte_of_unit(mixed, 1) == 1);
    CHECK(text::byte_of_unit(mixed, 2) == 5);  // in the middle of the emoji
    CHECK(text::byte_of_unit(mixed, 3) == 5);
    CHECK(text::byte_of_unit(mixed, 4) == 7);
    CHECK(text::byte_of_unit(mixed, 100) == 7);
    CHECK(text::utf16_prefix(mixed, 2) == "a");
    CHECK(text::utf16_prefix(mixed, 3) == "a" + kGrin);
}

TEST_CASE("chunks: what fits is one, and blanks are none") {
    CHECK(texts("hello", 5) == Texts{"hello"});
    CHECK(texts("  \n hello \n", 5) == Texts{"hello"});
    CHECK(texts(" \n\t ", 5).empty());
    CHECK(texts("", 5).empty());
}

TEST_CASE("chunks: a paragraph is the best place, then a line, then a space, then any") {
    CHECK(texts("aaaa bb\n\ncc dd", 10) == Texts{"aaaa bb", "cc dd"});
    CHECK(texts("aaaa bb\ncc dd", 10) == Texts{"aaaa bb", "cc dd"});
    CHECK(texts("aaaa bbb cccc", 10) == Texts{"aaaa bbb", "cccc"});
    CHECK(texts("aaaaaaaaaabbbbb", 10) == Texts{"aaaaaaaaaa", "bbbbb"});
    // A break early on would leave a scrap.
    CHECK(texts("a\n\nbbbb cc dddd", 10) == Texts{"a\n\nbbbb cc", "dddd"});
    CHECK(texts("aa bbbbbbbbbbbbbb", 10) == Texts{"aa", "bbbbbbbbbb", "bbbb"});
    // Exactly at the border.
    CHECK(texts("aaaaaaaaaa bbbbb", 10) == Texts{"aaaaaaaaaa", "bbbbb"});
}

TEST_CASE("chunks: no code point is cut, and units count") {
    CHECK(texts(kGrin + kGrin + kGrin, 5) == Texts{kGrin + kGrin, kGrin});
    CHECK(texts(kGrin + kGrin, 3) == Texts{kGrin, kGrin});
}

TEST_CASE("chunks: by paragraphs, each is its own, but code stays together") {
    CHECK(texts("a\n\nb\nc\n\n\n\nd", 100, ChunkMode::newline) == Texts{"a", "b\nc", "d"});
    const auto code = text::parse_markdown("x\n\n```\na\n\nb\n```\n\ny");
    const auto chunks = text::split(code, 100, ChunkMode::newline);
    REQUIRE(chunks.size() == 3);
    CHECK(chunks[1].text == "a\n\nb");
}

TEST_CASE("chunks: code that is cut is code on both sides, with its indentation") {
    std::string source = "before\n\n```py\n";
    for (int i = 0; i < 30; ++i)
        source += "    line " + std::to_string(i) + "\n";
    source += "```\nafter";
    const auto styled = text::parse_markdown(source);
    const auto chunks = text::split(styled, 100, ChunkMode::length);
    REQUIRE(chunks.size() > 3);
    std::size_t lines = 0;
    for (const auto& chunk : chunks) {
        CHECK(text::utf16_length(chunk.text) <= 100);
        for (const text::Span& span : chunk.spans) {
            CHECK(span.style == text::Style::pre);
            CHECK(span.detail == "py");
            CHECK(chunk.text.substr(span.begin, 4) == "    ");
        }
        for (auto at = chunk.text.find("    line"); at != std::string::npos;
             at = chunk.text.find("    line", at + 1)) {
            ++lines;
        }
    }
    CHECK(lines == 30);
    CHECK(chunks.back().text.ends_with("after"));
}

TEST_CASE("chunks: indented code without a blank to cut at is cut all the same") {
    for (const std::size_t indentation : {2U, 9U, 10U, 50U}) {
        CAPTURE(indentation);
        const auto code = text::parse_markdown("```\n" + std::string(indentation, ' ') +
                                               std::string(60, 'x') + "\n```");
        std::string all;
        for (const auto& chunk : text::split(code, 20, ChunkMode::length)) {
            CHECK_FALSE(chunk.text.empty());
            CHECK(text::utf16_length(chunk.text) <= 20);
            all += chunk.text;
        }
        CHECK(all == std::string(indentation < 10 ? indentation : 0, ' ') + std::string(60, 'x'));
    }
}
