// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/text/chunks.h"

#include <algorithm>
#include <string_view>

#include "workers/common/text/utf16.h"

namespace gw::text {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

StyledText slice(const StyledText& whole, std::size_t begin, std::size_t end) {
    StyledText part{whole.text.substr(begin, end - begin), {}};
    for (const Span& span : whole.spans) {
        const std::size_t from = std::max(span.begin, begin);
        const std::size_t to = std::min(span.end, end);
        if (from < to) part.spans.push_back({span.style, from - begin, to - begin, span.detail});
    }
    return part;
}

// The block of code around a place inside of it.
const Span* find_block(const StyledText& whole, std::size_t at) {
    const auto found = std::find_if(whole.spans.begin(), whole.spans.end(), [at](const Span& span) {
        return span.style == Style::pre && span.begin < at && at < span.end;
    });
    return found == whole.spans.end() ? nullptr : &*found;
}

// Where to cut text, which is longer than fits. A cut in the first half leaves a scrap, and is
// taken only where there is no other.
std::size_t cut_of(std::string_view text, std::size_t fits) {
    // A break right behind what fits costs nothing.
    const std::string_view looked = text.substr(0, fits + 2);
    // In front of the first word there is nothing to cut off: code may be indented.
    const std::size_t first = text.find_first_not_of(kBlanks);
    std::size_t scrap = 0;
    for (const std::string_view mark : {"\n\n", "\n", " "}) {
        const std::size_t at = looked.rfind(mark, fits);
        if (at == std::string_view::npos || at <= first) continue;
        if (at >= fits / 2) return at;
        scrap = std::max(scrap, at);
    }
    return scrap > 0 ? scrap : fits;
}

class Splitter {
  public:
    Splitter(const StyledText& whole, std::size_t limit) : whole_(whole), limit_(limit) {}

    void add(std::size_t begin, std::size_t end) {
        while (true) {
            begin = skip_blanks(begin, end);
            if (begin >= end) return;
            const std::string_view rest = std::string_view(whole_.text).substr(begin, end - begin);
            const std::size_t fits = utf16_prefix(rest, limit_).size();
            const std::size_t cut = fits == rest.size() ? fits : cut_of(rest, fits);
            take(begin, begin + cut);
            begin += cut;
        }
    }

    [[nodiscard]] std::vector<StyledText> chunks() { return std::move(chunks_); }

  private:
    // In code the indentation of a line stays, unless it would leave no room for the line.
    [[nodiscard]] std::size_t skip_blanks(std::size_t begin, std::size_t end) const {
        const std::size_t first = whole_.text.find_first_not_of(kBlanks, begin);
        if (first == std::string::npos || first >= end) return end;
        if (find_block(whole_, first) == nullptr) return first;
        const std::size_t end_before = whole_.text.rfind('\n', first);
        const std::size_t line =
            end_before == std::string::npos ? begin : std::max(begin, end_before + 1);
        return first - line < limit_ / 2 ? line : first;
    }
    void take(std::size_t begin, std::size_t end) {
        const std::size_t last = whole_.text.find_last_not_of(kBlanks, end - 1);
        chunks_.push_back(slice(whole_, begin, std::max(begin, last) + 1));
    }

    const StyledText& whole_;
    std::size_t limit_;
    std::vector<StyledText> chunks_;
};

}  // namespace

std::vector<StyledText> split(const StyledText& whole, std::size_t limit, ChunkMode mode) {
    Splitter splitter(whole, limit);
    std::size_t begin = 0;
    for (std::size_t at = 0; mode == ChunkMode::newline;) {
        at = whole.text.find("\n\n", at);
        if (at == std::string::npos) break;
        if (find_block(whole, at) == nullptr) {
            splitter.add(begin, at);
            begin = at;
        }
        at += 2;
    }
    splitter.add(begin, whole.text.size());
    return splitter.chunks();
}

}  // namespace gw::text
