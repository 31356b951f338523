#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Webhooks: HTTP requests on the paths that accounts have configured, handed to their workers as
// they came, and the workers' answers. The core authenticates none of them and parses nothing: a
// worker verifies its provider's signature, and whoever reaches a path reaches that worker only.
//
//   request → Webhook (one each) → HttpRequestReceived → HttpReply → answer
//                                ↘ 504 too late, 502 the worker ended, 503 not ready, 429 too many

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
    };

    // Requests of one account that may be read or wait for an answer at a time.
    static constexpr std::size_t kMaxWaiting = 64;
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

  private:
    [[nodiscard]] std::size_t count_open(const WorkerId& id) const;

    loop::Loop& loop_;
    Workers& workers_;
    std::map<std::string, WorkerId, std::less<>> accounts_;  // by path
    std::map<std::uint64_t, Webhook*> open_;                 // by request; owned by the server
    std::uint64_t last_request_ = 0;
};

}  // namespace gw::channels
