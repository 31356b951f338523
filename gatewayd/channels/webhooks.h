#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Webhooks: HTTP requests on the paths that accounts have configured, handed to their workers as
// they came, and the workers' answers. The core authenticates none of them and parses nothing: a
// worker verifies its provider's signature, and whoever reaches a path reaches that worker only.
//
//   request → Webhook (one each) → HttpRequestReceived → HttpReply → answer
//                                ↘ 504 too late, 502 the worker ended, 503 not ready, 429 too many,
//                                  408 a body that makes room for another

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gatewayd/config/config.h"
#include "gatewayd/supervisor/supervisor.h"
#include "loop/loop.h"
#include "net/http.h"
#include "proto/worker_to_core.pb.h"

namespace gw::channels {

class Webhook;

class Webhooks {
  public:
    using WorkerId = supervisor::WorkerId;

    // The way to a worker.
    class Workers {
      public:
        virtual ~Workers() = default;
        [[nodiscard]] virtual bool is_ready(const WorkerId& id) const = 0;
        // Errc::unavailable when it is not ready.
        virtual Result<void> send(const WorkerId& id, const proto::CoreToWorker& message) = 0;
        // Bytes that wait for it to read them.
        [[nodiscard]] virtual std::size_t queued(const WorkerId& id) const = 0;
    };

    // Requests of one account that may wait for an answer at a time, and as many whose bodies are
    // being read. Beyond it a new body makes the one end that takes longest: whoever is slow on
    // purpose shuts nobody out.
    static constexpr std::size_t kMaxWaiting = 64;
    // What may wait for a worker. Strangers may not fill the way that its orders take.
    static constexpr std::size_t kMaxQueued = 1U << 20;
    // How long a worker may take over one.
    static constexpr std::chrono::milliseconds kReplyDeadline{10'000};

    // workers outlives this; this outlives the requests that it took.
    Webhooks(loop::Loop& loop, const std::vector<config::Account>& accounts, Workers& workers);
    Webhooks(const Webhooks&) = delete;
    Webhooks& operator=(const Webhooks&) = delete;

    // What becomes of a request; nothing when its path is no account's.
    std::optional<net::HttpDecision> take(const net::HttpRequest& request);

    // A worker answered. Errc::invalid_input when it broke the contract; an answer that comes too
    // late is no breach.
    Result<void> on_reply(const WorkerId& id, std::uint64_t request, const proto::HttpReply& reply);
    void on_worker_gone(const WorkerId& id);

    // For Webhook.
    [[nodiscard]] loop::Loop& loop() { return loop_; }
    [[nodiscard]] Workers& workers() { return workers_; }
    void forget(std::uint64_t request) { open_.erase(request); }
    [[nodiscard]] std::size_t count_waiting(const WorkerId& id) const { return count(id, true); }

  private:
    [[nodiscard]] std::size_t count(const WorkerId& id, bool is_asked) const;
    void end_oldest_body(const WorkerId& id);

    loop::Loop& loop_;
    Workers& workers_;
    std::map<std::string, WorkerId, std::less<>> accounts_;  // by path
    std::map<std::uint64_t, Webhook*> open_;                 // by request; owned by the server
    std::uint64_t last_request_ = 0;
};

}  // namespace gw::channels
