#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Inbox: custody of inbound messages, from what a worker received to what is to be answered. The
// row, the provider's cursor and, for an admitted message, the session and its transcript line are
// one transaction (inbox_rows.h, decided by inbound_custody.h); only after its commit may the
// worker acknowledge to the provider. Lives on the core's loop.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gatewayd/access/pairing.h"
#include "gatewayd/channels/answerer.h"
#include "gatewayd/channels/inbox_rows.h"
#include "gatewayd/config/config.h"
#include "loop/loop.h"
#include "proto/worker_to_core.pb.h"
#include "store/store.h"

namespace gw::channels {

struct InboxStats {
    std::uint64_t received = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t refused = 0;  // by access policy, or told with the next one
    std::uint64_t routed = 0;
    std::uint64_t skipped = 0;  // put into quarantine
    std::size_t committing = 0;
};

class Inbox {
  public:
    // config and pairing outlive the inbox.
    Inbox(loop::Loop& loop, const base::Clock& clock, store::Store& store, CommitOrder& order,
          const config::Config& config, access::Pairing& pairing, Answerer& answerer);
    ~Inbox();
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;

    // Takes up what earlier processes accepted and did not finish. Called once, before the first
    // take: what is left behind is announced before anything new, and nothing twice. resumed is
    // called then, however often the store has to be asked.
    void resume(std::function<void()> resumed);

    // Commits the message; committed tells when the worker may be answered, or that it could not be
    // kept (nothing may be acknowledged then, and the worker must be restarted: what it said behind
    // this message is not kept either). self_id is the account's own id on its network.
    // Errc::invalid_input or limit_exceeded at once when the worker broke the contract.
    // files are what came with it, and are kept if the message is one to be answered.
    Result<void> take(const config::Account& account, const std::string& self_id,
                      const proto::MessageReceived& message, const ReceivedFiles& files,
                      std::function<void(Result<void>)> committed);

    // The same for an event that was not parsed: its bytes go into quarantine. committed gets what
    // is kept there, or nothing when it was there before.
    using Skipped = std::optional<store::QuarantinedSummary>;
    Result<void> skip(const config::Account& account, const proto::EventSkipped& event,
                      std::function<void(Result<Skipped>)> committed);

    // The same for an event that says nothing: only its cursor is kept.
    Result<void> pass(const config::Account& account, const proto::EventPassed& event,
                      std::function<void(Result<void>)> committed);

    [[nodiscard]] const InboxStats& stats() const { return stats_; }

  private:
    // What every event has in common, and what is to be on disk for those behind it.
    Result<Arrival> admit(const config::Account& account, const std::string& event_id,
                          const std::string& cursor, const Predecessor& what);
    void leave(const std::string& channel, const std::string& account, const Predecessor& what);
    void on_kept(const store::Inbound& row, const Result<KeptMessage>& kept,
                 const std::function<void(Result<void>)>& committed);
    void on_skipped(const store::QuarantinedSummary& event,
                    const Result<std::optional<std::int64_t>>& id,
                    const std::function<void(Result<Skipped>)>& committed);
    void read_left_behind();
    void on_left_behind(const Result<std::vector<LeftBehind>>& left);
    void try_again();
    void route_late(store::Inbound row);
    [[nodiscard]] Judged judge(const config::Account& account, const std::string& self_id,
                               const proto::MessageReceived& message,
                               const ReceivedFiles& files) const;
    [[nodiscard]] std::string session_key_of(const store::Inbound& row) const;
    [[nodiscard]] RoutedMessage routed(std::int64_t id, const store::Inbound& row) const;

    const base::Clock& clock_;
    store::Store& store_;
    CommitOrder& order_;
    const config::Config& config_;
    access::Pairing& pairing_;
    Answerer& answerer_;
    InboxStats stats_;
    std::function<void()> resumed_;         // until it was called
    std::vector<store::Inbound> unrouted_;  // left behind, and the store refused their routing
    loop::Timer retry_timer_;
    std::shared_ptr<bool> alive_;  // completions of the store may outlive us
};

}  // namespace gw::channels
