// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/api.h"

#include <algorithm>
#include <utility>

namespace gw::telegram {

namespace {

// A hundred updates fit with much to spare.
constexpr std::size_t kMaxAnswerBytes = 16U << 20;
constexpr std::int64_t kMaxRetryAfterSeconds = 24 * 3600;
constexpr std::chrono::milliseconds kFileDeadline{60'000};

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 15U];
    }
}

std::string form_of(const Params& params) {
    std::string form;
    for (const Param& param : params) {
        if (!form.empty()) form += '&';
        append_encoded(form, param.name);
        form += '=';
        append_encoded(form, param.value);
    }
    return form;
}

std::string text_of(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_string() ? std::string(found->string()) : std::string();
}

ApiError::Kind kind_of(int code) {
    if (code == 429) return ApiError::Kind::flood;
    // Somebody on the way, or Telegram itself in the middle of it.
    if (code >= 500) return ApiError::Kind::unanswered;
    return ApiError::Kind::refused;
}

ApiError error_of(int status, json::Value answer) {
    ApiError error;
    const auto code = answer.find("error_code");
    error.code = status;
    if (code && code->is_integer() && code->integer() >= 400 && code->integer() <= 599) {
        error.code = static_cast<int>(code->integer());
    }
    error.kind = kind_of(error.code);
    error.text = text_of(answer, "description");
    if (error.text.empty()) error.text = "HTTP status " + std::to_string(status);
    if (error.kind == ApiError::Kind::flood) error.retry_after = std::chrono::seconds(1);
    const auto parameters = answer.find("parameters");
    if (!parameters) return error;
    if (const auto after = parameters->find("retry_after"); after && after->is_integer()) {
        const auto seconds = std::clamp<std::int64_t>(after->integer(), 1, kMaxRetryAfterSeconds);
        error.retry_after = std::chrono::seconds(seconds);
    }
    if (const auto to = parameters->find("migrate_to_chat_id"); to && to->is_integer()) {
        error.migrated_to = std::to_string(to->integer());
    }
    return error;
}

ApiError error_of(const net::HttpClient::Failure& failure) {
    using Reach = net::HttpClient::Reach;
    return {.kind = failure.reach == Reach::nothing ? ApiError::Kind::unsent
                                                    : ApiError::Kind::unanswered,
            .text = failure.error.message};
}

}  // namespace

bool ApiError::says(std::string_view part) const {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

ApiOutcome read_answer(json::Parser& parser, int status, std::string_view body) {
    const auto answer = parser.parse(body);
    const auto ok = answer ? answer->find("ok") : std::nullopt;
    const bool is_ok = ok && ok->is_bool() && ok->boolean();
    const auto result = is_ok ? answer->find("result") : std::nullopt;
    if (result && status < 300) return *result;
    if (status < 300 && !(ok && ok->is_bool() && !is_ok)) {
        return std::unexpected(
            ApiError{.code = status, .text = "the answer is not one of the Bot API"});
    }
    if (status >= 300 && status < 400) {
        return std::unexpected(ApiError{
            .kind = ApiError::Kind::refused,
            .code = status,
            .text = "the server redirects: channels.telegram.apiRoot is not a Bot API's address"});
    }
    return std::unexpected(error_of(status, answer ? *answer : json::Value()));
}

Api::Api(std::unique_ptr<net::HttpClient> http, const Settings& settings)
    : http_(std::move(http)), root_(settings.api_root), token_(settings.token) {}

Result<std::unique_ptr<Api>> Api::create(loop::Loop& loop, const Settings& settings) {
    TRY(auto http,
        net::HttpClient::create(loop, {.proxy = settings.proxy, .ca_file = settings.ca_file}));
    return std::unique_ptr<Api>(new Api(std::move(http), settings));
}

Api::Call Api::call(Order order, Done done) {
    return call_raw(
        std::move(order),
        [done = std::move(done)](const ApiOutcome& outcome, const std::string&) { done(outcome); });
}

Api::Call Api::call_raw(Order order, RawDone done) {
    net::HttpClient::Request request{
        .method = "POST",
        .url = root_ + "/bot" + std::string(token_.reveal()) + '/' + order.method,
        .deadline = order.deadline,
        .max_body = kMaxAnswerBytes};
    if (order.files.empty()) {
        request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
        request.body = form_of(order.params);
    } else {
        for (Param& param : order.params) {
            request.parts.push_back(
                {.name = std::move(param.name), .content = std::move(param.value)});
        }
        std::move(order.files.begin(), order.files.end(), std::back_inserter(request.parts));
    }
    return http_->send(std::move(request), [done = std::move(done)](auto outcome) {
        if (!outcome) return done(std::unexpected(error_of(outcome.error())), "");
        json::Parser parser;
        done(read_answer(parser, outcome->status, outcome->body), outcome->body);
    });
}

Api::Call Api::fetch(std::string_view file_path, std::size_t max, FileDone done) {
    std::string url = root_ + "/file/bot" + std::string(token_.reveal());
    // A path in the server's words: each name of it is encoded, and none may lead upwards.
    while (!file_path.empty()) {
        const std::size_t end = std::min(file_path.find('/'), file_path.size());
        const std::string_view name = file_path.substr(0, end);
        url += '/';
        if (name != "." && name != "..") append_encoded(url, name);
        file_path.remove_prefix(std::min(end + 1, file_path.size()));
    }
    return http_->send({.url = std::move(url), .deadline = kFileDeadline, .max_body = max},
                       [done = std::move(done)](auto outcome) {
                           if (!outcome) return done(std::unexpected(outcome.error().error));
                           if (outcome->status != 200) {
                               return done(fail(Errc::unavailable,
                                                "HTTP status " + std::to_string(outcome->status)));
                           }
                           done(std::move(outcome->body));
                       });
}

}  // namespace gw::telegram
