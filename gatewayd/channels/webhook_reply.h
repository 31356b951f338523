#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What a worker answered to an HTTP request, as it may leave. Pure.
//
// The answer appears under the gateway's own origin, where the administration's pages live too, and
// the worker may have been taken over: so it can set no cookie, no rule for other pages, and runs
// no script.

#include "base/result.h"
#include "net/http.h"
#include "proto/worker_to_core.pb.h"

namespace gw::channels {

// Errc::invalid_input for a status, header or size that the contract forbids. Headers that belong
// to the connection or to the origin are left out.
Result<net::HttpAnswer> to_answer(const proto::HttpReply& reply);

}  // namespace gw::channels
