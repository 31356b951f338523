#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Api: calls of the Bot API and what became of them. Knows URLs, tokens and envelopes, and no
// method: parameters and results are those of whoever calls.

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/secret.h"
#include "net/http_client.h"
#include "workers/telegram/settings.h"

namespace gw::telegram {

// A parameter as text; what is not text is its JSON, as in any form.
struct Param {
    std::string name;
    std::string value;

    bool operator==(const Param&) const = default;
};
using Params = std::vector<Param>;

// A call that has not been made yet.
struct Order {
    std::string method;
    Params params;
    std::vector<net::HttpClient::Part> files = {};
    std::chrono::milliseconds deadline{30'000};
};

struct ApiError {
    enum class Kind {
        unsent,      // nothing left: repeating is harmless
        unanswered,  // it may have been carried out
        flood,       // not carried out; come again after retry_after
        refused,     // not carried out, and never will be: code and text are Telegram's
    };
    Kind kind = Kind::unanswered;
    int code = 0;  // as in HTTP; 0 without an answer
    std::string text;
    std::chrono::seconds retry_after{0};
    std::string migrated_to = {};  // the chat's new id, where that is why

    [[nodiscard]] bool says(std::string_view part) const;
};

// The result, valid during the call.
using ApiOutcome = std::expected<json::Value, ApiError>;

// What an answer of the Bot API means. The value lives as long as parser's text.
ApiOutcome read_answer(json::Parser& parser, int status, std::string_view body);

class Api {
  public:
    using Done = std::function<void(const ApiOutcome& outcome)>;
    using Call = net::HttpClient::Call;

    static Result<std::unique_ptr<Api>> create(loop::Loop& loop, const Settings& settings);

    // done is called once, unless the call is dropped before.
    [[nodiscard]] Call call(Order order, Done done);

    // The same, with the answer as it came: for answers whose parts must be told apart even where
    // they are malformed.
    using RawDone = std::function<void(const ApiOutcome& outcome, const std::string& body)>;
    [[nodiscard]] Call call_raw(Order order, RawDone done);

    // Fetches a file that getFile named. Errc::limit_exceeded when it has more than max bytes.
    using FileDone = std::function<void(Result<std::string> bytes)>;
    [[nodiscard]] Call fetch(std::string_view file_path, std::size_t max, FileDone done);

  private:
    Api(std::unique_ptr<net::HttpClient> http, const Settings& settings);

    std::unique_ptr<net::HttpClient> http_;
    std::string root_;
    base::Secret token_;
};

}  // namespace gw::telegram
