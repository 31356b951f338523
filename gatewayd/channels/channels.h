#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Channels: the configured accounts, each with its worker. Passes what workers receive to the inbox
// and what the outbox orders to workers, keeps their state and their gaps, and says how each
// account is. Lives on the core's loop, owns the supervisor. Never parses what a provider said.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gatewayd/access/pairing.h"
#include "gatewayd/channels/answerer.h"
#include "gatewayd/channels/catalog.h"
#include "gatewayd/channels/cautious_start.h"
#include "gatewayd/channels/changes.h"
#include "gatewayd/channels/commit_order.h"
#include "gatewayd/channels/configure_facts.h"
#include "gatewayd/channels/gaps.h"
#include "gatewayd/channels/inbox.h"
#include "gatewayd/channels/target.h"
#include "gatewayd/channels/typing.h"
#include "gatewayd/channels/webhooks.h"
#include "gatewayd/channels/worker_state.h"
#include "gatewayd/config/config.h"
#include "gatewayd/delivery/outbox.h"
#include "gatewayd/media/incoming.h"
#include "gatewayd/media/outgoing.h"
#include "gatewayd/supervisor/supervisor.h"
#include "loop/loop.h"
#include "store/store.h"

namespace gw::channels {

struct AccountStatus {
    std::string channel;
    std::string account;
    bool enabled = true;
    bool configured = true;
    bool running = false;    // a worker process exists
    bool connected = false;  // and messages pass
    std::string state;  // the supervisor's word: stopped, starting, … running, backoff, blocked
    std::int64_t since_ms = 0;     // of this state; 0: from the beginning
    std::int64_t next_try_ms = 0;  // when it is started again, while it waits for that
    std::string detail;
    std::string self_id;
    int pid = 0;  // 0: no process
    std::uint64_t generation = 0;
    std::uint64_t restarts = 0;
    std::int64_t last_start_ms = 0;  // 0: never, here and below
    std::int64_t last_stop_ms = 0;
    std::string last_error;  // empty: none
    std::int64_t last_inbound_ms = 0;
    std::int64_t last_outbound_ms = 0;
    std::optional<store::Gap> last_gap;
    supervisor::WorkerVitals vitals;
    delivery::Backlog backlog;

    bool operator==(const AccountStatus&) const = default;
};

// A change of a message that was sent before.
struct Change {
    enum class Kind { edit, react, remove };
    Kind kind = Kind::edit;
    std::string message_id;  // the provider's
    std::string text;        // of an edit; of a reaction the emoji, empty: none any more
    std::string parse_mode;  // of an edit
};

class Channels final : private supervisor::Supervisor::Events,
                       private WorkerState::Events,
                       public delivery::Sender,
                       private Webhooks::Workers,
                       private media::Links {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        virtual void on_account_changed(const AccountStatus& status) = 0;
        // An account may have missed messages.
        virtual void on_gap(const KeptGap& gap) = 0;
        // An event crashed its worker too often and was put aside.
        virtual void on_quarantined(const store::QuarantinedSummary& event) = 0;
    };

    Channels(loop::Loop& loop, const base::Clock& clock, store::Store& store,
             const config::Config& config, delivery::Outbox& outbox, Answerer& answerer,
             Events& events);
    ~Channels() override;
    Channels(const Channels&) = delete;
    Channels& operator=(const Channels&) = delete;

    // Starts every enabled account and takes up messages an earlier process left unanswered.
    void start_all();
    // Stops every worker within the supervisor's bound; done is called once.
    void stop_all(std::function<void()> done);

    // Each acts on one account, or on all of a channel when account is empty. Errc::invalid_input
    // for a channel or account that is not configured.
    Result<void> start(const std::string& channel, const std::string& account);
    Result<void> stop(const std::string& channel, const std::string& account);
    Result<void> restart(const std::string& channel, const std::string& account);

    // Accounts in the order clients list them: by channel, then as configured.
    [[nodiscard]] std::vector<AccountStatus> statuses() const;
    [[nodiscard]] std::optional<AccountStatus> find_status(const std::string& channel,
                                                           const std::string& account) const;

    // Where a `send` goes. Errc::invalid_input with "unsupported channel: <x>", or because of the
    // account or the target; Errc::unavailable when the account is stopped.
    [[nodiscard]] Result<Target> resolve_target(const TargetRequest& request) const;

    // Asks the target's worker to change a message that was sent; done is called once.
    // Errc::unavailable before the account was connected for the first time, Errc::invalid_input
    // when its network cannot.
    void change(const Target& target, const Change& change, Changes::Done done);
    // The most options that a poll to the target may have. The same errors.
    [[nodiscard]] Result<std::size_t> find_poll_limit(const Target& target) const;

    [[nodiscard]] access::Pairing& pairing() { return pairing_; }
    [[nodiscard]] Typist& typist() { return typing_; }

    // What becomes of an HTTP request on an account's webhook path; nothing when it is on none.
    std::optional<net::HttpDecision> take_http(const net::HttpRequest& request) {
        return webhooks_.take(request);
    }

    [[nodiscard]] supervisor::SupervisorStats supervisor_stats() const;
    [[nodiscard]] InboxStats inbox_stats() const;

    // delivery::Sender
    [[nodiscard]] bool may_send(const std::string& channel,
                                const std::string& account) const override;
    Result<void> send(const delivery::SendOrder& order) override;
    Result<void> look_up(const delivery::LookUpOrder& order) override;
    [[nodiscard]] std::optional<delivery::Provider> find_provider(
        const std::string& channel, const std::string& account) const override;

  private:
    struct AccountState {
        config::Account config;
        std::int64_t last_inbound_ms = 0;
        std::int64_t last_outbound_ms = 0;
        bool is_connected = false;  // as last told to the outbox
        Caution caution{};
        // The one that we gave up: something that it said could not be kept, so that nothing which
        // it says behind may be. 0: none.
        std::uint64_t given_up = 0;
    };
    using WorkerId = supervisor::WorkerId;

    void on_resumed();
    [[nodiscard]] bool is_ready(const WorkerId& id) const override;
    Result<void> send(const WorkerId& id, const proto::CoreToWorker& message) override;
    [[nodiscard]] std::size_t queued(const WorkerId& id) const override;
    bool say(const WorkerId& id, const proto::CoreToWorker& message) override;
    void on_file_lost(const std::string& delivery_id, int attempt, const std::string& why) override;

    void on_worker_changed(const supervisor::WorkerStatus& status) override;
    void on_worker_hello(const WorkerId& id, std::uint64_t generation) override;
    void on_worker_message(const WorkerId& id, std::uint64_t generation,
                           proto::WorkerToCore& message) override;
    void on_worker_gone(const WorkerId& id, std::uint64_t generation,
                        const supervisor::WorkerEnd& end) override;

    void on_configure_facts(const WorkerId& id, std::uint64_t generation,
                            const Result<ConfigureFacts>& facts);
    void on_message_received(const WorkerId& id, std::uint64_t generation,
                             const proto::MessageReceived& message);
    void on_gap_noticed(const WorkerId& id, std::uint64_t generation,
                        const proto::GapNoticed& notice);
    void on_event_started(const WorkerId& id, std::uint64_t generation,
                          const proto::EventStarted& event);
    void on_event_skipped(const WorkerId& id, std::uint64_t generation,
                          const proto::EventSkipped& event);
    void on_event_passed(const WorkerId& id, std::uint64_t generation,
                         const proto::EventPassed& event);
    void on_skip_committed(const WorkerId& id, std::uint64_t generation,
                           const std::string& event_id, const Result<Inbox::Skipped>& kept);
    void accept(const WorkerId& id, std::uint64_t generation, const std::string& event_id,
                const Result<void>& committed);
    void count_crash(const WorkerId& id, const StartedEvent& blamed);
    void on_send_done(const WorkerId& id, const proto::SendDone& done);
    void on_send_failed(const WorkerId& id, const proto::SendFailed& failed);
    void on_looked_up(const proto::SentLookedUp& looked_up);
    // Names the order's file in what the worker is told, and lets the worker ask for it.
    void offer_file(const delivery::SendOrder& order, proto::SendMessage& send);
    void show_typing(const Conversation& where);
    void on_http_reply(const WorkerId& id, std::uint64_t generation,
                       const proto::WorkerToCore& message);

    // WorkerState::Events
    void on_state_answer(const WorkerState::Asker& asker,
                         const proto::CoreToWorker& answer) override;
    void on_state_refused(const WorkerState::Asker& asker, const Error& error) override;
    void on_state_failed(const WorkerState::Asker& asker, const Error& error) override;

    // Says it to this generation and no other.
    // False: it was not said, and the worker is going; also one that does not read is made to.
    bool tell(const WorkerId& id, std::uint64_t generation, const proto::CoreToWorker& message);
    // Ends a worker that broke the contract, when outcome says so.
    void enforce(const WorkerId& id, std::uint64_t generation, const Result<void>& outcome);
    // Ends a worker because we could not keep what it said: what it parses is not to blame.
    void give_up(const WorkerId& id, std::uint64_t generation, const Error& why);

    [[nodiscard]] Result<std::vector<WorkerId>> select(const std::string& channel,
                                                       const std::string& account) const;
    [[nodiscard]] AccountStatus status_of(const AccountState& state) const;
    [[nodiscard]] const AccountState* find_account(const WorkerId& id) const;
    AccountState& account(const WorkerId& id);

    const base::Clock& clock_;
    store::Store& store_;
    config::Config config_;
    delivery::Outbox& outbox_;
    Events& events_;
    CommitOrder order_;
    access::Pairing pairing_;
    Inbox inbox_;
    Gaps gaps_;
    WorkerState worker_state_;
    std::map<WorkerId, AccountState> accounts_;
    supervisor::Supervisor supervisor_;
    bool is_resumed_ = false;           // what was left behind is known: workers may start
    std::set<WorkerId> stopped_early_;  // by operators, before that
    bool is_stopping_ = false;
    Webhooks webhooks_;
    media::Incoming incoming_;
    media::Outgoing outgoing_;
    Changes changes_;
    Typing typing_;
    std::shared_ptr<bool> alive_;  // completions of the store may outlive us
};

}  // namespace gw::channels
