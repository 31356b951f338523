#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Changes: edits, reactions and deletions of messages that were sent, asked of their account's
// worker. Each is answered once: by the worker, by its deadline, or by the worker's end. There is
// no custody, since asking twice changes nothing twice. Lives on the core's loop.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "gatewayd/supervisor/supervisor.h"
#include "ipc/calls.h"
#include "loop/loop.h"
#include "proto/core_to_worker.pb.h"
#include "proto/worker_to_core.pb.h"

namespace gw::channels {

// What became of a change.
struct Changed {
    std::string error;  // why the network did not do it; empty: it did
    std::chrono::milliseconds retry_after{0};
};

class Changes {
  public:
    using WorkerId = supervisor::WorkerId;
    using Send = std::function<Result<void>(const WorkerId&, const proto::CoreToWorker&)>;
    using Done = std::function<void(Result<Changed>)>;

    static constexpr std::chrono::seconds kDeadline{30};

    Changes(loop::Loop& loop, Send send);

    // Errc::unavailable without a worker that is ready, or when it ends before it has answered;
    // Errc::limit_exceeded when too many wait; Errc::timed_out.
    void ask(const WorkerId& id, proto::ChangeMessage change, Done done);

    // False when the worker answers what it was not asked: it broke the contract.
    [[nodiscard]] bool on_changed(const WorkerId& id, std::uint64_t call,
                                  const proto::MessageChanged& answer);
    void on_worker_gone(const WorkerId& id);

  private:
    struct Open {
        ipc::Call call;
        Done done;
    };
    // What one process was asked.
    struct Asked {
        explicit Asked(loop::Loop& loop);
        ipc::Calls<proto::MessageChanged> calls;
        std::uint64_t last = 0;
        std::map<std::uint64_t, Open> open;  // goes before calls
    };
    void on_answer(const WorkerId& id, std::uint64_t number,
                   const Result<proto::MessageChanged>& answer);

    loop::Loop& loop_;
    Send send_;
    std::map<WorkerId, std::unique_ptr<Asked>> asked_;
};

}  // namespace gw::channels
