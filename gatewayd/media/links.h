#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The way to workers, as files need it.

#include <cstddef>

#include "base/result.h"
#include "gatewayd/supervisor/supervisor.h"
#include "proto/core_to_worker.pb.h"

namespace gw::media {

using WorkerId = supervisor::WorkerId;

class Links {
  public:
    virtual ~Links() = default;
    // Errc::unavailable when the worker is not Ready.
    virtual Result<void> send(const WorkerId& id, const proto::CoreToWorker& message) = 0;
    // Bytes that wait for the worker to read them.
    [[nodiscard]] virtual std::size_t queued(const WorkerId& id) const = 0;
};

}  // namespace gw::media
