// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The way of HTTP requests between the port and the workers.

#include "gatewayd/channels/channels.h"

namespace gw::channels {

bool Channels::is_ready(const WorkerId& id) const {
    const auto phase = supervisor_.phase(id);
    return phase == supervisor::Phase::running || phase == supervisor::Phase::connecting ||
           phase == supervisor::Phase::degraded;
}

Result<void> Channels::send(const WorkerId& id, const proto::CoreToWorker& message) {
    return supervisor_.send(id, message);
}

void Channels::on_http_reply(const WorkerId& id, std::uint64_t generation,
                             const proto::WorkerToCore& message) {
    enforce(id, generation, webhooks_.on_reply(id, message.id(), message.http_reply()));
}

}  // namespace gw::channels
