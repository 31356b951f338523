// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/text/markdown.h"

#include <doctest/doctest.h>

#include <string>

#include "workers/common/text/styled_text.h"

using namespace gw;
using text::Style;

namespace {

// "*bold*" as "{b:bold}", to be read in a table.
std::string shown(const text::StyledText& styled) {
    const auto mark = [](const text::Span& span) -> std::string {
        switch (span.style) {
            case Style::bold: return "b";
            case Style::italic: return "i";
            case Style::strike: return "s";
            case Style::code: return "code";
            case Style::pre: return "pre " + span.detail;
            case Style::link: return "a " + span.detail;
        }
        return "?";
    };
    std::string out;
    for (std::size_t at = 0; at <= styled.text.size(); ++at) {
        for (const text::Span& span : styled.spans)
            if (span.end == at) out += '}';
        for (const text::Span& span : styled.spans)
            if (span.begin == at) out += '{' + mark(span) + ':';
        if (at < styled.text.size()) out += styled.text[at];
    }
    return out;
}

struct Case {
    const char* source;
    const char* wanted;
};

}  // namespace

TEST_CASE("markdown: emphasis, code and links are found, and what is not closed stays") {
    const Case cases[] = {
        {"plain", "plain"},
        {"**bold** and __bold__", "{b:bold} and {b:bold}"},
        {"*it* _it_ ~~gone~~", "{i:it} {i:it} {s:gone}"},
        {"***both***", "{i:{b:both}}"},
        {"**a *b* c**", "{b:a {i:b} c}"},
        {"**a *b** c*", "{i:{i:a {i:b}} c}"},  // as CommonMark has it
        {"snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"},
        {"**open", "**open"},
        {"a ~ b ~~~ c", "a ~ b ~~~ c"},
        {"`a **b**` ``c ` d``", "{code:a **b**} {code:c ` d}"},
        {"`open", "`open"},
        {"[text](https://e.org/a_(b)) end", "{a https://e.org/a_(b):text} end"},
        {"[**b** x](u)", "{a u:{b:b} x}"},
        {"![alt](u)", "{a u:alt}"},
        {"[no](a b) [x] [](u) (y)", "[no](a b) [x] [](u) (y)"},
        {"<https://e.org/?a=1&b=2> <b>", "https://e.org/?a=1&b=2 <b>"},
        {"\\*not\\* \\x", "*not* \\x"},
        {"\xf0\x9f\x98\x80 **\xf0\x9f\x98\x80**", "\xf0\x9f\x98\x80 {b:\xf0\x9f\x98\x80}"},
        {"", ""},
        {"****", "****"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.source);
        CHECK(shown(text::parse_markdown(one.source)) == one.wanted);
    }
}

TEST_CASE("markdown: blocks become what a chat can show") {
    const Case cases[] = {
        {"# Title\ntext", "Title\ntext"},
        {"#no title\n####### none", "#no title\n####### none"},
        {"> said\n> > twice", "said\ntwice"},
        {"- a\n- **b**\n  * c\n1. d", "• a\n• {b:b}\n  • c\n1. d"},
        {"a\n\nb", "a\n\nb"},
        {"**over\nlines**", "{b:over\nlines}"},
        {"```py\nx = 1\n\ny\n```\nend", "{pre py:x = 1\n\ny}\nend"},
        {"~~~\n```\n~~~", "{pre :```}"},
        {"```\nopen **x**", "{pre :open **x**}"},
        {"```\n```", ""},
        {"```one``` line", "{code:one} line"},
        {"| a | b |\n|---|---|\n| 1 | 2 |\nend", "{pre :| a | b |\n|---|---|\n| 1 | 2 |}\nend"},
        {"a | b", "a | b"},
        {"one\r\ntwo\r\n", "one\ntwo"},
        {"- ", "- "},
        {"\n\n", ""},
    };
    for (const Case& one : cases) {
        CAPTURE(one.source);
        CHECK(shown(text::parse_markdown(one.source)) == one.wanted);
    }
}

TEST_CASE("markdown: whatever is written, spans are nested, sorted and none is empty") {
    const std::string alphabet = "**__~~``[]()<>\\!ab \n#-|>1";
    unsigned state = 7;
    for (int round = 0; round < 20'000; ++round) {
        std::string source;
        for (int i = 0; i < 24; ++i) {
            state = state * 1664525U + 1013904223U;
            source += alphabet[(state >> 16U) % alphabet.size()];
        }
        CAPTURE(source);
        const auto styled = text::parse_markdown(source);
        for (std::size_t i = 0; i < styled.spans.size(); ++i) {
            const text::Span& span = styled.spans[i];
            REQUIRE(span.begin < span.end);
            REQUIRE(span.end <= styled.text.size());
            for (std::size_t k = 0; k < i; ++k) {
                const text::Span& before = styled.spans[k];
                REQUIRE(before.begin <= span.begin);
                REQUIRE((before.end <= span.begin || span.end <= before.end));
            }
        }
    }
}

TEST_CASE("markdown: half a megabyte of marks is read in reasonable steps") {
    for (const char* unit : {"*a ", "_a*", "[a](", "``a`", "~~a", "[", "> "}) {
        CAPTURE(unit);
        std::string source;
        while (source.size() < 200'000)
            source += unit;
        CHECK(text::parse_markdown(source).text.size() <= source.size());
    }
}
