#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// HTTP/1.1 requests out of bytes (RFC 9112), strictly: what two servers could read in two ways is
// refused. Pure: knows no socket and no loop. Private to net/.
//
//   head   = method SP target SP "HTTP/1." ("0" | "1") CRLF *(name ":" OWS value OWS CRLF) CRLF
//   target = "/" *(visible ASCII)
//   body   = nothing | Content-Length bytes | chunks (Transfer-Encoding: chunked)

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace gw::net {

inline constexpr std::size_t kMaxHeadBytes = 32U * 1024;
inline constexpr std::size_t kMaxHeaders = 64;

// Why a request is not taken: what to answer before the connection is closed.
struct HttpProblem {
    int status = 400;
    std::string_view why;

    bool operator==(const HttpProblem&) const = default;
};

enum class HttpFraming { none, length, chunked };

struct HttpHead {
    HttpRequest request;  // without its peer
    HttpFraming framing = HttpFraming::none;
    std::size_t body_size = 0;  // with HttpFraming::length
    bool lacks_length = false;  // a method with a body, and no word about its size
    bool may_keep_alive = true;
    bool may_upgrade = false;  // the Connection header vouches for the Upgrade header
    bool wants_continue = false;
    std::size_t size = 0;  // bytes that the head takes
};

// The head at the beginning of bytes; nothing while it is incomplete.
std::expected<std::optional<HttpHead>, HttpProblem> parse_head(std::string_view bytes);

// Puts one body together.
class HttpBody {
  public:
    // A body of length framing is known to fit.
    HttpBody(const HttpHead& head, std::size_t max_bytes);

    // Takes bytes from the front and says how many; what is behind the body is left.
    std::expected<std::size_t, HttpProblem> feed(std::string_view bytes);

    [[nodiscard]] bool is_complete() const { return state_ == State::complete; }
    [[nodiscard]] std::string take() { return std::move(body_); }

  private:
    // Within a chunked body: size line, data, the CRLF behind it, then lines of trailers.
    enum class State { data, size_line, chunk, chunk_end, trailer, complete };

    std::expected<void, HttpProblem> on_line(std::string_view line);
    std::expected<void, HttpProblem> on_size(std::string_view line);
    std::size_t take_data(std::string_view bytes);

    std::size_t max_bytes_;
    State state_;
    std::size_t remaining_ = 0;  // of the body or the chunk
    std::size_t trailer_bytes_ = 0;
    std::string line_;  // one that has not ended yet
    std::string body_;
};

}  // namespace gw::net
