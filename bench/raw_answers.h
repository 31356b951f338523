#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the raw peer says: a request parsed and checked as gatewayd does it, and the answer of
// gatewayd's size, since its payloads were taken from gatewayd before (bench_load capture).

#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace gw::bench {

struct Payloads {
    std::string hello;
    std::string health;
    std::string presence;
    std::size_t presence_time = 0;  // where the time of its first entry stands
    // An event frame around its number: …"seq": and what follows.
    std::string event_head;
    std::string event_tail;

    // Reads hello.json, health.json, system-presence.json and event.json of a directory.
    static Result<Payloads> load(const std::string& directory);
};

enum class Outcome { answered, ignored, admitted, broadcast };

class RawAnswers {
  public:
    RawAnswers(Payloads payloads, std::string token);

    [[nodiscard]] std::string challenge() const;

    // Appends the answer to a message as a frame. text.data()[text.size()] is writable.
    Outcome answer_connect(std::span<char> text, std::string& out);
    Outcome answer_request(std::span<char> text, std::string& out);

    [[nodiscard]] const Payloads& payloads() const { return payloads_; }

  private:
    struct Frame {
        std::string_view method;
        json::Value params;
    };
    // Checks a request frame as the protocol asks and leaves its id as JSON in id_json_.
    bool parse(std::span<char> text, Frame& frame);
    void write_time();
    void append_ok(std::string& out, std::string_view payload) const;
    void append_unknown(std::string& out, std::string_view method);

    json::Parser parser_;
    Payloads payloads_;
    std::string token_;
    std::string id_json_;
    std::string message_;
};

}  // namespace gw::bench
