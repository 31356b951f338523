// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/methods/request.h"

#include "base/log.h"

namespace gw::methods {

Failure invalid_request(std::string message) {
    return {"INVALID_REQUEST", std::move(message), {}, false, 0};
}

Failure unavailable(std::string message) {
    return {"UNAVAILABLE", std::move(message), {}, false, 0};
}

Failure to_failure(const Error& error) {
    switch (error.code) {
        case Errc::invalid_input:
        case Errc::not_found:
        case Errc::already_exists:
        case Errc::permission_denied: return invalid_request(error.message);
        case Errc::limit_exceeded:
        case Errc::unavailable:
        case Errc::timed_out: return {"UNAVAILABLE", error.message, {}, true, 500};
        case Errc::closed:
        case Errc::io:
        case Errc::corrupt: return unavailable(error.message);
    }
    return unavailable(error.message);
}

void begin_ok(std::string& out, std::string_view id_json) {
    out.append(R"({"type":"res","id":)").append(id_json).append(R"(,"ok":true,"payload":)");
}

void append_failure(std::string& out, std::string_view id_json, const Failure& failure,
                    std::string_view payload) {
    out.append(R"({"type":"res","id":)").append(id_json).append(R"(,"ok":false)");
    if (!payload.empty()) out.append(R"(,"payload":)").append(payload);
    out += R"(,"error":)";
    json::Writer w(out);
    w.begin_object().field("code", failure.code).field("message", failure.message);
    if (!failure.details.empty()) w.key("details").raw(failure.details);
    if (failure.is_retryable) w.field("retryable", true);
    if (failure.retry_after_ms > 0) w.field("retryAfterMs", failure.retry_after_ms);
    w.end_object();
    out += '}';
}

void Request::fail(const Failure& failure) {
    scratch_.clear();
    append_failure(scratch_, id_json_, failure);
    sink_.answer(caller_.connection, scratch_);
}

Reply::Reply(AnswerSink& sink, std::uint64_t connection, std::string id_json)
    : sink_(&sink), connection_(connection), id_json_(std::move(id_json)) {}

Reply::Reply(Reply&& other) noexcept
    : sink_(std::exchange(other.sink_, nullptr)),
      connection_(other.connection_),
      id_json_(std::move(other.id_json_)) {}

Reply::~Reply() {
    if (sink_ != nullptr) fail(unavailable("the request was dropped before it was answered"));
}

void Reply::ok(std::string_view payload_json) {
    acknowledge(payload_json);
    sink_ = nullptr;
}

void Reply::acknowledge(std::string_view payload_json) {
    std::string frame;
    frame.reserve(payload_json.size() + id_json_.size() + 64);
    begin_ok(frame, id_json_);
    frame.append(payload_json).push_back('}');
    sink_->answer(connection_, frame);
}

void Reply::fail(const Failure& failure, std::string_view payload_json) {
    std::string frame;
    append_failure(frame, id_json_, failure, payload_json);
    std::exchange(sink_, nullptr)->answer(connection_, frame);
}

}  // namespace gw::methods
