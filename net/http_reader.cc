// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/http_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"

namespace gw::net {

namespace {

using Problem = std::unexpected<HttpProblem>;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kMaxMethodBytes = 32;
// A chunk's size and its extensions, which are read over.
constexpr std::size_t kMaxChunkLine = 256;

Problem refuse(int status, std::string_view why) {
    return std::unexpected(HttpProblem{status, why});
}

// RFC 9110 §5.6.2
bool is_token_char(char c) {
    const bool is_alnum =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_alnum || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_visible(char c) {
    return c > ' ' && c < '\x7f';
}

// Everything but controls; bytes above ASCII are somebody's encoding and none of our business.
bool is_value_char(char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <int Base>
std::optional<std::size_t> find_number(std::string_view digits) {
    constexpr std::size_t kMaxDigits = 15;  // no overflow, whatever they are
    if (digits.empty() || digits.size() > kMaxDigits) return std::nullopt;
    std::size_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, Base);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

// Splits "a, B" at commas and compares in lower case.
bool has_word(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        if (lowered(trimmed(list.substr(0, comma))) == word) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
    return false;
}

std::expected<void, HttpProblem> parse_request_line(std::string_view line, HttpHead& head) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return refuse(400, "bad request line");
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (method.size() > kMaxMethodBytes || !is_token(method)) return refuse(400, "bad method");
    if (!target.starts_with('/') || !std::all_of(target.begin(), target.end(), is_visible)) {
        return refuse(400, "bad request target");
    }
    if (version == "HTTP/1.0") {
        head.may_keep_alive = false;
    } else if (version != "HTTP/1.1") {
        return refuse(version.starts_with("HTTP/") ? 505 : 400, "HTTP/1.1 is spoken here");
    }
    const std::size_t question = target.find('?');
    head.request.method = method;
    head.request.path = target.substr(0, question);
    if (question != std::string_view::npos) head.request.query = target.substr(question + 1);
    return {};
}

std::expected<HttpHeader, HttpProblem> parse_header(std::string_view line) {
    const std::size_t colon = line.find(':');
    // A line that begins with a blank would continue the one before: obsolete, and refused here.
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
        return refuse(400, "bad header");
    }
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_char)) return refuse(400, "bad header");
    return HttpHeader{lowered(line.substr(0, colon)), std::string(value)};
}

std::expected<void, HttpProblem> parse_lines(std::string_view lines, HttpHead& head) {
    const std::size_t end = lines.find(kLineEnd);
    if (auto parsed = parse_request_line(lines.substr(0, end), head); !parsed) return parsed;
    lines.remove_prefix(end + kLineEnd.size());
    while (!lines.empty()) {
        const std::size_t line_end = lines.find(kLineEnd);
        if (head.request.headers.size() == kMaxHeaders) return refuse(431, "too many headers");
        auto header = parse_header(lines.substr(0, line_end));
        if (!header) return std::unexpected(header.error());
        head.request.headers.push_back(std::move(*header));
        lines.remove_prefix(line_end + kLineEnd.size());
    }
    return {};
}

// The one value of a header that may come once only.
std::expected<std::optional<std::string>, HttpProblem> find_single(const HttpRequest& request,
                                                                   std::string_view name) {
    std::optional<std::string> found;
    for (const HttpHeader& header : request.headers) {
        if (header.name != name) continue;
        if (found) return refuse(400, "a header that may come once came twice");
        found = header.value;
    }
    return found;
}

std::expected<void, HttpProblem> find_framing(HttpHead& head) {
    const auto length = find_single(head.request, "content-length");
    if (!length) return std::unexpected(length.error());
    const auto coding = find_single(head.request, "transfer-encoding");
    if (!coding) return std::unexpected(coding.error());
    if (*coding) {
        // Both together is how requests are smuggled past a proxy.
        if (*length) return refuse(400, "Content-Length beside Transfer-Encoding");
        if (!head.may_keep_alive) return refuse(400, "Transfer-Encoding in HTTP/1.0");
        if (lowered(**coding) != "chunked") return refuse(501, "unknown Transfer-Encoding");
        head.framing = HttpFraming::chunked;
        return {};
    }
    if (*length) {
        const auto size = find_number<10>(**length);
        if (!size) return refuse(400, "bad Content-Length");
        head.body_size = *size;
        if (*size > 0) head.framing = HttpFraming::length;
        return {};
    }
    const std::string& method = head.request.method;
    head.lacks_length = method == "POST" || method == "PUT" || method == "PATCH";
    return {};
}

std::expected<void, HttpProblem> look_at_headers(HttpHead& head) {
    const auto host = find_single(head.request, "host");
    if (!host) return std::unexpected(host.error());
    if (!*host && head.may_keep_alive) return refuse(400, "Host required");
    if (auto framed = find_framing(head); !framed) return framed;
    const bool speaks_1_1 = head.may_keep_alive;
    for (const HttpHeader& header : head.request.headers) {
        if (header.name == "connection") {
            if (has_word(header.value, "close")) head.may_keep_alive = false;
            // HTTP/1.0 knows no upgrades (RFC 9110 §7.8).
            if (has_word(header.value, "upgrade")) head.may_upgrade = speaks_1_1;
        }
        if (header.name != "expect") continue;
        if (lowered(header.value) != "100-continue") return refuse(417, "unknown Expect");
        // HTTP/1.0 does not know what it would be told (RFC 9110 §10.1.1).
        head.wants_continue = speaks_1_1 && head.framing != HttpFraming::none;
    }
    return {};
}

}  // namespace

std::optional<std::string> HttpRequest::find_header(std::string_view name) const {
    for (const HttpHeader& header : headers) {
        if (header.name == name) return header.value;
    }
    return std::nullopt;
}

std::expected<std::optional<HttpHead>, HttpProblem> parse_head(std::string_view bytes) {
    constexpr std::string_view kHeadEnd = "\r\n\r\n";
    const std::size_t end = bytes.substr(0, kMaxHeadBytes).find(kHeadEnd);
    if (end == std::string_view::npos) {
        if (bytes.size() >= kMaxHeadBytes) return refuse(431, "the head is too large");
        return std::nullopt;
    }
    HttpHead head;
    head.size = end + kHeadEnd.size();
    if (auto parsed = parse_lines(bytes.substr(0, end + kLineEnd.size()), head); !parsed) {
        return std::unexpected(parsed.error());
    }
    if (auto fine = look_at_headers(head); !fine) return std::unexpected(fine.error());
    return head;
}

HttpBody::HttpBody(const HttpHead& head, std::size_t max_bytes) : max_bytes_(max_bytes) {
    switch (head.framing) {
        case HttpFraming::none: state_ = State::complete; return;
        case HttpFraming::length:
            GW_ASSERT(head.body_size <= max_bytes, "what does not fit was refused with the head");
            state_ = State::data;
            remaining_ = head.body_size;
            return;
        case HttpFraming::chunked: state_ = State::size_line; return;
    }
    GW_ASSERT(false, "one of the three");
}

std::expected<std::size_t, HttpProblem> HttpBody::feed(std::string_view bytes) {
    const std::size_t before = bytes.size();
    while (!bytes.empty() && state_ != State::complete) {
        if (state_ == State::data || state_ == State::chunk) {
            bytes.remove_prefix(take_data(bytes));
            continue;
        }
        const std::size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        if (line_.size() + piece.size() > kMaxChunkLine) return refuse(400, "bad chunk");
        line_ += piece;
        if (end == std::string_view::npos) return before;
        bytes.remove_prefix(end + 1);
        if (!line_.ends_with('\r')) return refuse(400, "bad chunk");
        const std::string line = std::exchange(line_, {});
        if (auto read = on_line(std::string_view(line).substr(0, line.size() - 1)); !read) {
            return std::unexpected(read.error());
        }
    }
    return before - bytes.size();
}

std::size_t HttpBody::take_data(std::string_view bytes) {
    const std::string_view piece = bytes.substr(0, remaining_);
    body_ += piece;
    remaining_ -= piece.size();
    if (remaining_ == 0) state_ = state_ == State::data ? State::complete : State::chunk_end;
    return piece.size();
}

std::expected<void, HttpProblem> HttpBody::on_line(std::string_view line) {
    // A lone CR among extensions or trailers is the end of a line to some.
    if (!std::all_of(line.begin(), line.end(), is_value_char)) return refuse(400, "bad chunk");
    if (state_ == State::size_line) return on_size(line);
    if (state_ == State::chunk_end) {
        if (!line.empty()) return refuse(400, "bad chunk");
        state_ = State::size_line;
        return {};
    }
    // Trailers mean nothing to anybody here and are read over.
    trailer_bytes_ += line.size() + kLineEnd.size();
    if (trailer_bytes_ > kMaxHeadBytes) return refuse(431, "too many trailers");
    if (line.empty()) {
        state_ = State::complete;
        return {};
    }
    if (auto trailer = parse_header(line); !trailer) return std::unexpected(trailer.error());
    return {};
}

std::expected<void, HttpProblem> HttpBody::on_size(std::string_view line) {
    // Blanks may stand between the size and its extensions (RFC 9112 §7.1.1), not before the size.
    const std::string_view digits = line.substr(0, line.find_first_of("; \t"));
    const std::string_view behind = trimmed(line.substr(digits.size()));
    if (!behind.empty() && behind.front() != ';') return refuse(400, "bad chunk");
    const auto size = find_number<16>(digits);
    if (!size) return refuse(400, "bad chunk");
    if (*size > max_bytes_ - body_.size()) return refuse(413, "the body is too large");
    remaining_ = *size;
    state_ = *size == 0 ? State::trailer : State::chunk;
    return {};
}

}  // namespace gw::net
