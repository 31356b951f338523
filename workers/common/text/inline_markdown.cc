// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/text/inline_markdown.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gw::text {

namespace {

// Openers that are remembered: what is emphasised is short, and the search stays linear.
constexpr std::size_t kMaxOpeners = 64;
constexpr std::size_t kMaxLinkBytes = 4096;
constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
}

bool is_punctuation(char c) {
    return c != '\0' && kPunctuation.find(c) != std::string_view::npos;
}

// A piece of the paragraph: plain text, something finished, or a run of marks that may turn out to
// be emphasis.
struct Piece {
    StyledText content;
    char mark = '\0';       // '*', '_' or '~' of a run
    std::size_t count = 0;  // marks not used yet
    bool can_open = false;
    bool can_close = false;
    std::vector<Style> closes;  // innermost first
    std::vector<Style> opens;   // innermost first
};

struct Link {
    std::string_view label;
    std::string_view url;
    std::size_t size = 0;  // of all of it
};

// [label](url), at the bracket.
std::optional<Link> find_link(std::string_view text) {
    text = text.substr(0, kMaxLinkBytes);
    int depth = 0;
    std::size_t close = 0;
    for (; close < text.size(); ++close) {
        if (text[close] == '\\') {
            ++close;
        } else if (text[close] == '[') {
            ++depth;
        } else if (text[close] == ']' && --depth == 0) {
            break;
        }
    }
    if (close <= 1 || close + 1 >= text.size() || text[close + 1] != '(') return std::nullopt;
    const std::size_t begin = close + 2;
    std::size_t end = begin;
    for (depth = 1; end < text.size(); ++end) {
        if (is_blank(text[end])) return std::nullopt;
        if (text[end] == '(') ++depth;
        if (text[end] == ')' && --depth == 0) break;
    }
    if (end >= text.size() || end == begin) return std::nullopt;
    return Link{text.substr(1, close - 1), text.substr(begin, end - begin), end + 1};
}

class Reader {
  public:
    Reader(std::string_view source, bool takes_links)
        : source_(source), takes_links_(takes_links) {}

    void read() {
        while (at_ < source_.size())
            step();
    }
    void append_to(StyledText& out) const;

  private:
    void step();
    [[nodiscard]] bool read_code();
    [[nodiscard]] bool read_link();
    [[nodiscard]] bool read_address();
    void read_run(char mark);
    void close_with(Piece& closer);
    void add_text(std::string_view text);
    void add(StyledText content, Style style, std::string detail);

    std::string_view source_;
    bool takes_links_;
    std::size_t at_ = 0;
    std::vector<Piece> pieces_;
    std::vector<std::size_t> openers_;  // indices of pieces_
    std::set<std::size_t> unclosed_;    // lengths of backtick runs that have no partner
};

void Reader::add_text(std::string_view text) {
    if (pieces_.empty() || pieces_.back().mark != '\0' || !pieces_.back().content.spans.empty()) {
        pieces_.emplace_back();
    }
    pieces_.back().content.text += text;
}

void Reader::add(StyledText content, Style style, std::string detail) {
    if (content.text.empty()) return;
    content.spans.insert(content.spans.begin(), {style, 0, content.text.size(), std::move(detail)});
    pieces_.emplace_back().content = std::move(content);
}

void Reader::step() {
    const char c = source_[at_];
    if (c == '\\' && at_ + 1 < source_.size() && is_punctuation(source_[at_ + 1])) {
        add_text(source_.substr(at_ + 1, 1));
        at_ += 2;
        return;
    }
    if (c == '`' && read_code()) return;
    if (takes_links_ && (c == '[' || c == '!') && read_link()) return;
    if (c == '<' && read_address()) return;
    if (c == '*' || c == '_' || c == '~') return read_run(c);
    add_text(source_.substr(at_++, 1));
}

bool Reader::read_code() {
    const std::size_t begin = std::min(source_.find_first_not_of('`', at_), source_.size());
    const std::size_t ticks = begin - at_;
    const auto give_up = [&] {
        add_text(source_.substr(at_, ticks));
        at_ = begin;
        return true;
    };
    if (unclosed_.contains(ticks)) return give_up();
    for (std::size_t end = begin; (end = source_.find('`', end)) != std::string_view::npos;) {
        const std::size_t behind = std::min(source_.find_first_not_of('`', end), source_.size());
        if (behind - end == ticks) {
            std::string_view code = source_.substr(begin, end - begin);
            const bool is_padded = code.size() > 2 && code.front() == ' ' && code.back() == ' ';
            if (is_padded) code = code.substr(1, code.size() - 2);
            add({std::string(code), {}}, Style::code, "");
            at_ = behind;
            return true;
        }
        end = behind;
    }
    unclosed_.insert(ticks);
    return give_up();
}

bool Reader::read_link() {
    const bool is_picture = source_[at_] == '!';
    if (is_picture && (at_ + 1 >= source_.size() || source_[at_ + 1] != '[')) return false;
    const auto link = find_link(source_.substr(at_ + (is_picture ? 1 : 0)));
    if (!link) return false;
    StyledText label;
    Reader inside(link->label, false);
    inside.read();
    inside.append_to(label);
    add(std::move(label), Style::link, std::string(link->url));
    at_ += link->size + (is_picture ? 1 : 0);
    return true;
}

// <https://example.org>: networks find addresses by themselves.
bool Reader::read_address() {
    const std::string_view rest = source_.substr(at_ + 1, kMaxLinkBytes);
    if (!rest.starts_with("http://") && !rest.starts_with("https://")) return false;
    const std::size_t end = rest.find_first_of("> \t\n");
    if (end == std::string_view::npos || rest[end] != '>') return false;
    add_text(rest.substr(0, end));
    at_ += end + 2;
    return true;
}

// CommonMark §6.2, with ASCII's idea of punctuation.
void Reader::read_run(char mark) {
    const std::size_t end = std::min(source_.find_first_not_of(mark, at_), source_.size());
    const std::size_t count = end - at_;
    const char before = at_ == 0 ? '\0' : source_[at_ - 1];
    const char after = end == source_.size() ? '\0' : source_[end];
    at_ = end;
    if (mark == '~' && count != 2) return add_text(source_.substr(end - count, count));
    const bool is_left =
        !is_blank(after) && (!is_punctuation(after) || is_blank(before) || is_punctuation(before));
    const bool is_right =
        !is_blank(before) && (!is_punctuation(before) || is_blank(after) || is_punctuation(after));
    Piece run;
    run.mark = mark;
    run.count = count;
    // Inside of words an underscore is a letter.
    run.can_open = is_left && (mark != '_' || !is_right || is_punctuation(before));
    run.can_close = is_right && (mark != '_' || !is_left || is_punctuation(after));
    if (run.can_close) close_with(run);
    pieces_.push_back(std::move(run));
    if (pieces_.back().can_open && pieces_.back().count > 0) openers_.push_back(pieces_.size() - 1);
    if (openers_.size() > kMaxOpeners) openers_.erase(openers_.begin());
}

void Reader::close_with(Piece& closer) {
    for (std::size_t i = openers_.size(); i > 0 && closer.count > 0; --i) {
        Piece& opener = pieces_[openers_[i - 1]];
        const std::size_t sum = opener.count + closer.count;
        const bool is_odd = (opener.can_close || closer.can_open) && sum % 3 == 0 &&
                            (opener.count % 3 != 0 || closer.count % 3 != 0);
        if (opener.mark != closer.mark || (closer.mark != '~' && is_odd)) continue;
        openers_.resize(i);  // those in between stay what they are
        while (opener.count > 0 && closer.count > 0) {
            const bool is_double = opener.count >= 2 && closer.count >= 2;
            const Style style = closer.mark == '~' ? Style::strike
                                : is_double        ? Style::bold
                                                   : Style::italic;
            opener.opens.push_back(style);
            closer.closes.push_back(style);
            opener.count -= is_double ? 2 : 1;
            closer.count -= is_double ? 2 : 1;
        }
        if (opener.count == 0) openers_.pop_back();
    }
}

void Reader::append_to(StyledText& out) const {
    std::vector<std::size_t> open;  // indices of out.spans
    for (const Piece& piece : pieces_) {
        for (std::size_t i = 0; i < piece.closes.size(); ++i) {
            out.spans[open.back()].end = out.text.size();
            open.pop_back();
        }
        out.text.append(piece.count, piece.mark);
        for (auto style = piece.opens.rbegin(); style != piece.opens.rend(); ++style) {
            open.push_back(out.spans.size());
            out.spans.push_back({*style, out.text.size(), out.text.size(), {}});
        }
        const std::size_t shift = out.text.size();
        out.text += piece.content.text;
        for (Span span : piece.content.spans) {
            span.begin += shift;
            span.end += shift;
            out.spans.push_back(std::move(span));
        }
    }
}

}  // namespace

void append_inline(StyledText& out, std::string_view source) {
    Reader reader(source, true);
    reader.read();
    reader.append_to(out);
}

}  // namespace gw::text
