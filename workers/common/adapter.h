#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Adapter: what a worker is made of. One method for each thing the core may ask; run_worker calls
// them on the loop, only in the phase that permits them.

#include <string>

#include "base/result.h"
#include "proto/core_to_worker.pb.h"

namespace gw::workers {

class Adapter {
  public:
    virtual ~Adapter() = default;

    // Once, first. An error means that the configuration is wrong: the account is reported blocked
    // with its message.
    virtual Result<void> on_configure(const proto::Configure& settings) = 0;

    // Deliver one message; answered through Core exactly once.
    virtual void on_send(const proto::SendMessage& order) = 0;

    // The message is durable: it may be acknowledged to the provider.
    virtual void on_accepted(const std::string&) {}

    // Disconnect in an orderly way, then call Core::finished().
    virtual void on_shutdown() = 0;
};

}  // namespace gw::workers
