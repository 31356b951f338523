#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The way to workers, as files need it.

#include <cstddef>
#include <string>

#include "gatewayd/supervisor/supervisor.h"
#include "proto/core_to_worker.pb.h"

namespace gw::media {

using WorkerId = supervisor::WorkerId;

class Links {
  public:
    virtual ~Links() = default;
    // What must not be lost on the way: a worker that reads too slowly for it is made to end.
    // False: it was not sent, and the worker is going.
    virtual bool say(const WorkerId& id, const proto::CoreToWorker& message) = 0;
    // Bytes that wait for the worker to read them.
    [[nodiscard]] virtual std::size_t queued(const WorkerId& id) const = 0;
    // The file of an attempt cannot be read: what is to be sent does not exist.
    virtual void on_file_lost(const std::string& delivery_id, int attempt,
                              const std::string& why) = 0;
};

}  // namespace gw::media
