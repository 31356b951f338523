// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/render.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace gw::telegram {

namespace {

using text::Span;
using text::Style;

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
}

void open(std::string& out, const Span& span) {
    switch (span.style) {
        case Style::bold: out += "<b>"; return;
        case Style::italic: out += "<i>"; return;
        case Style::strike: out += "<s>"; return;
        case Style::code: out += "<code>"; return;
        case Style::pre:
            out += "<pre>";
            if (span.detail.empty()) return;
            out += "<code class=\"language-";
            append_escaped(out, span.detail);
            out += "\">";
            return;
        case Style::link:
            out += "<a href=\"";
            append_escaped(out, span.detail);
            out += "\">";
            return;
    }
}

void close(std::string& out, const Span& span) {
    switch (span.style) {
        case Style::bold: out += "</b>"; return;
        case Style::italic: out += "</i>"; return;
        case Style::strike: out += "</s>"; return;
        case Style::code: out += "</code>"; return;
        case Style::pre: out += span.detail.empty() ? "</pre>" : "</code></pre>"; return;
        case Style::link: out += "</a>"; return;
    }
}

bool is_code(const Span* span) {
    return span->style == Style::code || span->style == Style::pre;
}

// What applies between two neighbouring borders. Telegram knows no style inside of code and no code
// inside of other styles; a link is worth more than its label's font.
std::vector<const Span*> styles_at(const std::vector<Span>& spans, std::size_t begin) {
    std::vector<const Span*> found;
    for (const Span& span : spans) {
        if (span.begin <= begin && begin < span.end) found.push_back(&span);
    }
    const auto is_link = [](const Span* span) { return span->style == Style::link; };
    if (std::any_of(found.begin(), found.end(), is_link)) {
        std::erase_if(found, is_code);
    } else if (const auto code = std::find_if(found.begin(), found.end(), is_code);
               code != found.end()) {
        return {*code};
    }
    return found;
}

}  // namespace

std::string to_html(const text::StyledText& styled) {
    std::vector<std::size_t> borders{0, styled.text.size()};
    for (const Span& span : styled.spans) {
        borders.push_back(span.begin);
        borders.push_back(span.end);
    }
    std::sort(borders.begin(), borders.end());
    borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
    std::string out;
    std::vector<const Span*> opened;
    for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
        const auto wanted = styles_at(styled.spans, borders[i]);
        const auto same = static_cast<std::size_t>(
            std::mismatch(opened.begin(), opened.end(), wanted.begin(), wanted.end()).first -
            opened.begin());
        for (; opened.size() > same; opened.pop_back())
            close(out, *opened.back());
        for (std::size_t next = same; next < wanted.size(); ++next) {
            open(out, *wanted[next]);
            opened.push_back(wanted[next]);
        }
        append_escaped(
            out, std::string_view(styled.text).substr(borders[i], borders[i + 1] - borders[i]));
    }
    for (; !opened.empty(); opened.pop_back())
        close(out, *opened.back());
    return out;
}

}  // namespace gw::telegram
