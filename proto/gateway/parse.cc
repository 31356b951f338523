// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The two parses that are not a method's parameters: the frame, and the first request's.

#include "proto/gateway/params.h"

namespace gw::proto::gateway {

namespace {

template <typename T>
Result<T> parse_whole(json::Value value, std::string_view prefix) {
    Result<T> result;
    if (!parse(value, *result)) {
        result = fail(Errc::invalid_input, std::string(prefix) + explain<T>(value));
    }
    return result;
}

}  // namespace

Result<RequestFrame> parse_frame(json::Value frame) {
    return parse_whole<RequestFrame>(frame, "invalid request frame: ");
}

Result<ConnectParams> parse_connect(json::Value params) {
    return parse_whole<ConnectParams>(params, "invalid connect params: ");
}

}  // namespace gw::proto::gateway
