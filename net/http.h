#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// HTTP as those above net see it: a request whose head was read, an answer given at once, or an
// owner that takes the body and answers later.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gw::net {

// What kind of listener a connection came through, and who is there as the kernel says.
struct Peer {
    enum class Via { tcp, control };
    Via via = Via::tcp;
    std::string
        address;  // numeric, without port; IPv4-mapped IPv6 is shown as IPv4; "" for control
    std::uint16_t port = 0;
    int pid = 0;  // control: SO_PEERCRED
    unsigned uid = 0;
    unsigned gid = 0;
};

struct HttpHeader {
    std::string name;  // lower-case in requests
    std::string value;

    bool operator==(const HttpHeader&) const = default;
};

// A well-formed head. Nothing is decoded: signatures are made over what was written.
struct HttpRequest {
    std::string method;
    std::string path;   // begins with '/', without the query
    std::string query;  // behind the first question mark
    std::vector<HttpHeader> headers;
    Peer peer;

    // The first header of that lower-case name, nothing when absent.
    [[nodiscard]] std::optional<std::string> find_header(std::string_view name) const;
};

struct HttpAnswer {
    int status = 200;
    std::string content_type = "application/json";
    std::string body = {};
    std::vector<HttpHeader> headers = {};  // besides those of the connection and the body
};

// One request whose body is being read or that waits for its answer. Belongs to the server.
class HttpExchange {
  public:
    virtual ~HttpExchange() = default;
    // Answers. The first answer counts; the owner is destroyed later in this turn.
    virtual void answer(const HttpAnswer& answer) = 0;
};

// What a request means to somebody who takes its body. Owned by the server and destroyed when it
// was answered, or when nobody waits for the answer any more: the client has gone (closing its
// sending side is going), sent a body that is malformed or too large, or took too long over it.
class HttpOwner {
  public:
    virtual ~HttpOwner() = default;
    // A larger body is answered with 413 and never gets here.
    [[nodiscard]] virtual std::size_t max_body() const = 0;
    // First, before anything of the body was read. exchange lives as long as this object and may be
    // answered any time; the body is not read to its end then.
    virtual void on_begin(HttpExchange& exchange) = 0;
    // Once, with the whole body. The deadline of the answer is the owner's.
    virtual void on_body(std::string body) = 0;
};

using HttpDecision = std::variant<HttpAnswer, std::unique_ptr<HttpOwner>>;

}  // namespace gw::net
