#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Link: a socket that speaks the worker contract. One class for both ends; WorkerLink is the core's
// end (receives WorkerToCore), CoreLink the worker's.

#include <functional>
#include <memory>

#include "base/fd.h"
#include "base/result.h"
#include "ipc/frame_reader.h"
#include "ipc/limits.h"
#include "loop/loop.h"
#include "loop/stream.h"
#include "proto/core_to_worker.pb.h"
#include "proto/worker_to_core.pb.h"

namespace gw::ipc {

template <typename In, typename Out>
class Link final : private loop::Stream::Events {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        // May destroy the link.
        virtual void on_message(In& message) = 0;
        // Once. reason.code: closed (orderly end), limit_exceeded or invalid_input (the peer broke
        // the contract), io. The owner destroys the link, here or later.
        virtual void on_link_closed(const Error& reason) = 0;
    };

    Link(loop::Loop& loop, base::Fd socket, Events& events);
    ~Link() override;

    // Queues the message. Errc::limit_exceeded when the peer reads too slowly, Errc::closed after
    // the end.
    Result<void> send(const Out& message);

    // Breaks the connection because of what the peer did; on_link_closed follows with reason.
    void cut(std::string_view reason);

    [[nodiscard]] std::size_t queued() const;

  private:
    void on_data(base::ByteView bytes) override;
    void on_closed(const Error& reason) override;

    Events& events_;
    FrameReader reader_;
    base::Bytes out_;
    In message_;
    std::unique_ptr<loop::Stream> stream_;
    bool* destroyed_ = nullptr;  // set while a message is being handled
    bool is_closed_ = false;
};

using WorkerLink = Link<proto::WorkerToCore, proto::CoreToWorker>;
using CoreLink = Link<proto::CoreToWorker, proto::WorkerToCore>;

extern template class Link<proto::WorkerToCore, proto::CoreToWorker>;
extern template class Link<proto::CoreToWorker, proto::WorkerToCore>;

// Identifies the build of this binary: the core and its workers must have the same.
std::string_view build_id();

}  // namespace gw::ipc
