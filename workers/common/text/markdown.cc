// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/text/markdown.h"

#include <algorithm>
#include <string>
#include <vector>

#include "workers/common/text/inline_markdown.h"

namespace gw::text {

namespace {

std::string_view trim(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

// The marks that open a block of code, or nothing.
std::string_view fence_of(std::string_view line) {
    const std::string_view text = trim(line);
    if (text.empty() || (text[0] != '`' && text[0] != '~')) return {};
    const std::size_t size = std::min(text.find_first_not_of(text[0]), text.size());
    if (size < 3) return {};
    // ```a``` on one line is code in a line.
    if (text[0] == '`' && text.find('`', size) != std::string_view::npos) return {};
    return text.substr(0, size);
}

bool closes(std::string_view line, std::string_view fence) {
    const std::string_view text = trim(line);
    return text.size() >= fence.size() &&
           text.find_first_not_of(fence[0]) == std::string_view::npos;
}

bool is_table_row(std::string_view line) {
    return trim(line).find('|') != std::string_view::npos;
}

// |---|:--:|, the line below a table's head.
bool is_table_rule(std::string_view line) {
    const std::string_view text = trim(line);
    return text.find('-') != std::string_view::npos && text.find('|') != std::string_view::npos &&
           text.find_first_not_of("|-: \t") == std::string_view::npos;
}

std::size_t heading_marks(std::string_view line) {
    const std::size_t marks = std::min(line.find_first_not_of('#'), line.size());
    return marks >= 1 && marks <= 6 && marks < line.size() && line[marks] == ' ' ? marks : 0;
}

class Blocks {
  public:
    explicit Blocks(std::string_view source) {
        while (!source.empty()) {
            const std::size_t end = std::min(source.find('\n'), source.size());
            std::string_view line = source.substr(0, end);
            if (line.ends_with('\r')) line.remove_suffix(1);
            lines_.push_back(line);
            source.remove_prefix(std::min(end + 1, source.size()));
        }
    }

    StyledText read() {
        while (at_ < lines_.size())
            step();
        end_paragraph();
        // An end of line belongs to no style, so none grows empty or too long by this.
        const std::size_t last = out_.text.find_last_not_of('\n');
        const std::size_t size = last == std::string::npos ? 0 : last + 1;
        out_.text.resize(size);
        for (Span& span : out_.spans)
            span.end = std::min(span.end, size);
        std::erase_if(out_.spans, [](const Span& span) { return span.begin >= span.end; });
        return std::move(out_);
    }

  private:
    void step() {
        const std::string_view line = lines_[at_];
        if (!fence_of(line).empty()) return read_fence();
        if (at_ + 1 < lines_.size() && is_table_row(line) && is_table_rule(lines_[at_ + 1])) {
            return read_table();
        }
        ++at_;
        if (trim(line).empty()) {
            end_paragraph();
            out_.text += '\n';
            return;
        }
        add_line(line);
    }

    void add_line(std::string_view line) {
        const std::size_t indent = line.find_first_not_of(" \t");
        std::string_view text = line.substr(indent);
        while (text.starts_with('>')) {
            text.remove_prefix(1);
            text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        }
        const std::size_t marks = heading_marks(text);
        const bool is_item = text.size() > 2 &&
                             (text[0] == '-' || text[0] == '*' || text[0] == '+') && text[1] == ' ';
        if (marks > 0 || is_item) end_paragraph();
        if (!paragraph_.empty()) paragraph_ += '\n';
        if (is_item) {
            out_.text.append(line.substr(0, indent)).append("• ");
            paragraph_ += text.substr(2);
        } else {
            paragraph_ += text.substr(marks > 0 ? marks + 1 : 0);
        }
        if (marks > 0) end_paragraph();
    }

    void end_paragraph() {
        if (paragraph_.empty()) return;
        append_inline(out_, paragraph_);
        out_.text += '\n';
        paragraph_.clear();
    }

    void read_fence() {
        end_paragraph();
        const std::string_view fence = fence_of(lines_[at_]);
        const std::string_view info = trim(trim(lines_[at_]).substr(fence.size()));
        std::string code;
        for (++at_; at_ < lines_.size() && !closes(lines_[at_], fence); ++at_)
            code.append(lines_[at_]).push_back('\n');
        if (at_ < lines_.size()) ++at_;
        add_block(code, std::string(info.substr(0, info.find(' '))));
    }

    void read_table() {
        end_paragraph();
        std::string rows;
        for (; at_ < lines_.size() && is_table_row(lines_[at_]); ++at_)
            rows.append(lines_[at_]).push_back('\n');
        add_block(rows, "");
    }

    void add_block(std::string code, std::string language) {
        while (code.ends_with('\n'))
            code.pop_back();
        if (code.empty()) return;
        const std::size_t begin = out_.text.size();
        out_.text += code;
        out_.spans.push_back({Style::pre, begin, out_.text.size(), std::move(language)});
        out_.text += '\n';
    }

    std::vector<std::string_view> lines_;
    std::size_t at_ = 0;
    std::string paragraph_;  // lines of it so far, without what marked them
    StyledText out_;
};

}  // namespace

StyledText parse_markdown(std::string_view source) {
    return Blocks(source).read();
}

}  // namespace gw::text
