#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// WorkerState: what workers keep with us, since they own no disk. Checks and commits their puts,
// answers their questions, and counts both. Lives on the core's loop; never looks into a value.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "base/result.h"
#include "gatewayd/channels/commit_order.h"
#include "gatewayd/supervisor/supervisor.h"
#include "proto/core_to_worker.pb.h"
#include "proto/worker_to_core.pb.h"
#include "store/store.h"
#include "store/worker_state.h"

namespace gw::channels {

class WorkerState {
  public:
    // One process of a worker: an older one's questions are not the next one's.
    struct Asker {
        supervisor::WorkerId id;
        std::uint64_t generation = 0;
        auto operator<=>(const Asker&) const = default;
    };
    class Events {
      public:
        virtual ~Events() = default;
        // The answer to a put or a get, for this asker and no other.
        virtual void on_state_answer(const Asker& asker, const proto::CoreToWorker& answer) = 0;
        // There is none, because the worker has used up its quota; nothing was kept.
        virtual void on_state_refused(const Asker& asker, const Error& error) = 0;
        // There is none, because of the store.
        virtual void on_state_failed(const Asker& asker, const Error& error) = 0;
    };

    WorkerState(store::Store& store, const CommitOrder& order, Events& events);
    ~WorkerState();
    WorkerState(const WorkerState&) = delete;
    WorkerState& operator=(const WorkerState&) = delete;

    // call is the envelope's id, repeated in the answer. Puts are kept in the order given, whole or
    // not at all, behind what the account said before. Errc::invalid_input or limit_exceeded at
    // once when the worker broke the contract.
    Result<void> put(const Asker& asker, std::uint64_t call, const proto::StatePut& put);
    Result<void> get(const Asker& asker, std::uint64_t call, const proto::StateGet& get);

  private:
    Result<void> begin(const Asker& asker);
    void end(const Asker& asker);
    void on_put(const Asker& asker, std::uint64_t call, const Result<bool>& stored);
    void on_got(const Asker& asker, std::uint64_t call, Result<store::StatePage> page);

    store::Store& store_;
    const CommitOrder& order_;
    Events& events_;
    std::map<Asker, std::size_t> in_flight_;
    std::shared_ptr<bool> alive_;  // completions of the store may outlive us
};

}  // namespace gw::channels
