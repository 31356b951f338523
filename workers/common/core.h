#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Core: the gateway as a worker sees it. What a worker may say, as calls; each becomes one frame on
// the link. Lives in the worker's process, owned by run_worker, outlives the adapter.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ipc/link.h"
#include "proto/types.pb.h"
#include "proto/worker_to_core.pb.h"

namespace gw::workers {

class Core {
  public:
    virtual ~Core() = default;

    // How the account is connected to its network. blocked ends all trying: a human is needed, and
    // detail says what to do.
    virtual void link_changed(proto::LinkState state, const std::string& detail,
                              const std::string& self_id) = 0;

    // A message came in. Errc::limit_exceeded when too many wait for Accepted: read less.
    virtual Result<void> message_received(proto::MessageReceived message) = 0;

    // The network may have carried messages that nobody can repeat.
    virtual void gap_noticed(std::int64_t from_ms, std::int64_t to_ms,
                             const std::string& reason) = 0;

    // Before the first byte of a delivery leaves. False when the core reads so slowly that the
    // notice is still in our queue: ask again before sending anything.
    [[nodiscard]] virtual bool attempt_started(const proto::SendMessage& order) = 0;
    virtual void send_done(const proto::SendMessage& order,
                           const std::string& provider_message_id) = 0;
    virtual void send_failed(const proto::SendMessage& order, proto::SendFailure failure,
                             const std::string& reason, std::uint32_t retry_after_ms) = 0;

    // The worker has finished what on_shutdown asked for.
    virtual void finished() = 0;
};

}  // namespace gw::workers
