#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// HttpClient: HTTP requests to providers, over libcurl on our loop. For workers: it is a library of
// its own, and the core never links it.
//
// What it is careful about: a failure says whether the server may have seen anything of the
// request, and a request that may have effects is never sent twice, not even by libcurl on a
// connection that turned out to be dead. URLs may hold secrets and are neither logged nor part of
// an error.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "loop/loop.h"
#include "net/http.h"

namespace gw::net {

class HttpClient {
  public:
    struct Options {
        std::string proxy = {};    // a URL: http://, https://, socks5h://; empty: none
        std::string ca_file = {};  // PEM; empty: those that the system trusts
        std::size_t max_connections = 16;
    };

    // A part of a multipart/form-data body. content is read piece by piece as the network takes it.
    struct Part {
        std::string name;
        std::string content;
        std::string filename = {};      // empty: an ordinary field
        std::string content_type = {};  // empty: none is said
    };

    struct Request {
        std::string method = "GET";
        std::string url;
        std::vector<HttpHeader> headers = {};
        std::string body = {};
        std::vector<Part> parts = {};                // instead of body
        std::chrono::milliseconds deadline{30'000};  // of everything
        std::chrono::milliseconds connect_deadline{10'000};
        std::size_t max_body = 1U << 20;  // of the answer
        int max_redirects = 0;            // followed for GET only
    };

    struct Response {
        int status = 0;
        std::vector<HttpHeader> headers = {};  // names in lower case, at most 64 KiB
        std::string body = {};                 // empty where a sink took it

        // The first header of that lower-case name.
        [[nodiscard]] std::optional<std::string> find_header(std::string_view name) const;
    };

    // Whether the server may know anything of a request that failed.
    enum class Reach {
        nothing,  // no byte left: repeating is harmless
        maybe,    // it may have been carried out
    };
    struct Failure {
        Reach reach = Reach::maybe;
        Error error;  // never holds the URL
    };
    using Outcome = std::expected<Response, Failure>;
    using Done = std::function<void(Outcome)>;
    // Takes the next piece of a successful answer's body; false ends the request, with
    // Errc::limit_exceeded. May destroy the call.
    using Sink = std::function<bool(std::string_view piece)>;

    // A request under way. Destroying it cancels: nothing is called afterwards.
    class Call {
      public:
        Call() = default;
        Call(Call&& other) noexcept;
        Call& operator=(Call&& other) noexcept;
        ~Call() { cancel(); }

        void cancel();
        // Whether an answer is still to come.
        [[nodiscard]] bool is_open() const;

      private:
        friend class HttpClient;
        struct Link;
        std::shared_ptr<Link> link_;
    };

    // Requests that may be under way or wait for a connection; one more fails at once.
    static constexpr std::size_t kMaxCalls = 256;

    static Result<std::unique_ptr<HttpClient>> create(loop::Loop& loop, Options options);
    ~HttpClient();  // cancels every call
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // done is called once, later in the loop, never from inside this call. A status of 400 is an
    // answer like any other.
    [[nodiscard]] Call send(Request request, Done done);

    // The same; the body of an answer below 300 goes to sink and is not bounded by max_body.
    [[nodiscard]] Call download(Request request, Sink sink, Done done);

  private:
    struct State;
    explicit HttpClient(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace gw::net
