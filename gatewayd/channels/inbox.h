#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Inbox: custody of inbound messages, from what a worker received to what is to be answered. The
// row, the provider's cursor and, for an admitted message, the session and its transcript line are
// one transaction; only after its commit may the worker acknowledge to the provider.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gatewayd/channels/answerer.h"
#include "gatewayd/config/config.h"
#include "gatewayd/sessions/keys.h"
#include "proto/worker_to_core.pb.h"
#include "store/inbound.h"
#include "store/store.h"

namespace gw::channels {

struct InboxStats {
    std::uint64_t received = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t refused = 0;  // by access policy
    std::uint64_t routed = 0;
    std::size_t committing = 0;
};

class Inbox {
  public:
    // What may wait for its commit per account.
    static constexpr std::size_t kMaxCommitting = 1024;

    Inbox(const base::Clock& clock, store::Store& store, std::string default_agent,
          sessions::DmScope dm_scope, Answerer& answerer);
    ~Inbox();
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;

    // Commits the message; committed tells when the worker may be answered, or that the store
    // refused (nothing may be acknowledged then). self_id is the account's own id on its network.
    // Errc::invalid_input or limit_exceeded at once when the worker broke the contract.
    Result<void> take(const config::Account& account, const std::string& self_id,
                      const proto::MessageReceived& message,
                      std::function<void(Result<void>)> committed);

    // Takes up what an earlier process accepted and did not finish.
    void resume();

    [[nodiscard]] const InboxStats& stats() const { return stats_; }

  private:
    void on_stored(const store::Inbound& row, bool is_admitted,
                   const Result<store::InsertedInbound>& stored,
                   const std::function<void(Result<void>)>& committed);
    void on_left_behind(const Result<std::vector<store::Inbound>>& rows);
    void route_late(const store::Inbound& left);
    [[nodiscard]] std::string session_key_of(const store::Inbound& row) const;

    const base::Clock& clock_;
    store::Store& store_;
    std::string default_agent_;
    sessions::DmScope dm_scope_;
    Answerer& answerer_;
    InboxStats stats_;
    std::map<std::pair<std::string, std::string>, std::size_t> committing_;  // (channel, account)
    std::shared_ptr<bool> alive_;  // completions of the store may outlive us
};

}  // namespace gw::channels
