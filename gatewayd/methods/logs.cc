// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/log.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "proto/gateway/params.h"

namespace gw::methods {

namespace {
constexpr std::int64_t kDefaultLines = 500;
constexpr std::int64_t kDefaultBytes = 250'000;
}  // namespace

void handle_logs_tail(Services&, Request& request) {
    const auto params =
        proto::gateway::parse_params<proto::gateway::LogsTailParams>(request.params(), "logs.tail");
    if (!params) return request.fail(invalid_request(params.error().message));
    const auto cursor = static_cast<std::uint64_t>(params->cursor.value_or(0));
    const log::Tail tail =
        log::tail(params->cursor ? &cursor : nullptr,
                  static_cast<std::size_t>(params->limit.value_or(kDefaultLines)),
                  static_cast<std::size_t>(params->max_bytes.value_or(kDefaultBytes)));
    request.ok([&tail](json::Writer& w) {
        // There is no file: the lines are those kept in memory, and the cursor counts their bytes.
        w.begin_object()
            .field("file", "memory:gatewayd")
            .field("cursor", tail.end)
            .field("size", tail.end)
            .key("lines")
            .begin_array();
        for (const std::string& line : tail.lines)
            w.value(line);
        w.end_array().field("truncated", tail.truncated).field("reset", tail.reset).end_object();
    });
}

}  // namespace gw::methods
