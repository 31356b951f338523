#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Request: one call of a method, as its handler sees it, and Reply, the same call answered later.
// Every request is answered exactly once: in the handler, or through the Reply it took.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/result.h"
#include "gatewayd/auth/scopes.h"
#include "gatewayd/methods/dialect.h"

namespace gw::methods {

// Who calls.
struct Caller {
    std::uint64_t connection = 0;  // names the connection; never used again after it
    Dialect dialect;
    auth::Role role = auth::Role::operator_;
    auth::Scopes scopes;
    bool is_control = false;  // came over the control socket
};

// Where answers go. Frames for a connection that is gone are dropped.
class AnswerSink {
  public:
    virtual ~AnswerSink() = default;
    virtual void answer(std::uint64_t connection, std::string_view frame) = 0;
};

// A failed answer. details and payload are JSON, or empty for none.
struct Failure {
    std::string_view code = "INVALID_REQUEST";
    std::string message;
    std::string details;
    bool is_retryable = false;
    std::int64_t retry_after_ms = 0;
};
Failure invalid_request(std::string message);
Failure unavailable(std::string message);
// INVALID_REQUEST for what the caller did, UNAVAILABLE for what the world did.
Failure to_failure(const Error& error);

// The pieces of a response frame; id_json is a JSON value.
void begin_ok(std::string& out, std::string_view id_json);  // up to and including "payload":
void append_failure(std::string& out, std::string_view id_json, const Failure& failure,
                    std::string_view payload = {});

// A request whose answer comes later. Destroyed unanswered, it answers UNAVAILABLE: nobody waits
// for ever because of a mistake of ours.
class Reply {
  public:
    Reply(AnswerSink& sink, std::uint64_t connection, std::string id_json);
    Reply(Reply&& other) noexcept;
    Reply& operator=(Reply&&) = delete;
    ~Reply();

    void ok(std::string_view payload_json);
    void fail(const Failure& failure, std::string_view payload_json = {});

    // Sends a first answer and keeps the duty to send the final one: how `agent` says accepted.
    void acknowledge(std::string_view payload_json);

  private:
    AnswerSink* sink_;
    std::uint64_t connection_;
    std::string id_json_;
};

class Request {
  public:
    Request(AnswerSink& sink, const Caller& caller, std::string_view method, json::Value params,
            std::string_view id_json, std::string& scratch)
        : sink_(sink),
          caller_(caller),
          method_(method),
          params_(params),
          id_json_(id_json),
          scratch_(scratch) {}
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    [[nodiscard]] const Caller& caller() const { return caller_; }
    [[nodiscard]] std::string_view method() const { return method_; }
    [[nodiscard]] json::Value params() const { return params_; }

    // ok([&](json::Writer& w) { w.begin_object()….end_object(); }): writes the payload in place.
    template <typename WritePayload>
    void ok(WritePayload&& write) {
        scratch_.clear();
        begin_ok(scratch_, id_json_);
        json::Writer writer(scratch_);
        write(writer);
        scratch_.push_back('}');
        sink_.answer(caller_.connection, scratch_);
    }
    void ok_raw(std::string_view payload_json) {
        ok([payload_json](json::Writer& w) { w.raw(payload_json); });
    }
    void fail(const Failure& failure);

    // Takes the duty to answer away from the handler.
    [[nodiscard]] Reply defer() { return Reply(sink_, caller_.connection, std::string(id_json_)); }

  private:
    AnswerSink& sink_;
    const Caller& caller_;
    std::string_view method_;
    json::Value params_;
    std::string_view id_json_;
    std::string& scratch_;
};

}  // namespace gw::methods
