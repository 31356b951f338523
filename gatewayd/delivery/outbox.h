#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Outbox: custody of outbound messages, from acceptance (committed) to their end (committed). Lives
// on the core's loop. Owns what is queued and under way; the store owns the rows. Never talks to a
// worker itself: it hands orders to a Sender and is told what became of them.
//
//   submit → commit queued|attempting → Sender::send → attempt started → done | failed → commit end
//
// `attempting` is committed before an order leaves. When a worker is gone, an attempt that it never
// said to have started is sent again; what becomes of one that it started is custody.h's to say.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gatewayd/delivery/custody.h"
#include "gatewayd/delivery/failure.h"
#include "gatewayd/delivery/lanes.h"
#include "gatewayd/delivery/provider.h"
#include "gatewayd/delivery/rows.h"
#include "loop/loop.h"
#include "store/deliveries.h"
#include "store/store.h"

namespace gw::delivery {

// One attempt, as a worker is told to make it.
struct SendOrder {
    std::string delivery_id;
    int attempt = 1;
    std::string channel;
    std::string account;
    std::string to;
    std::string text;
    std::string client_id;  // of all attempts of this delivery
    std::string reply_to;
    std::string thread;
    bool is_silent = false;
    std::int64_t begin_before_ms = 0;  // later it must not leave any more
    store::Media media = {};           // without an id: none
    store::DeliveryContent content = {};
};

// A question about an attempt whose end nobody knows.
struct LookUpOrder {
    std::string delivery_id;
    std::string channel;
    std::string account;
    std::string to;
    std::string text;
    std::string client_id;
    std::int64_t attempted_ms = 0;
};

// Who hands orders to workers.
class Sender {
  public:
    virtual ~Sender() = default;
    // The account's worker is connected and would take an order now.
    [[nodiscard]] virtual bool may_send(const std::string& channel,
                                        const std::string& account) const = 0;
    // Hands the order over. A failure means that nothing left: the delivery stays queued.
    virtual Result<void> send(const SendOrder& order) = 0;
    // The same for a question; answered by Outbox::on_looked_up.
    virtual Result<void> look_up(const LookUpOrder& order) = 0;
    // What the account's network can do. Nothing before its worker has said so.
    [[nodiscard]] virtual std::optional<Provider> find_provider(
        const std::string& channel, const std::string& account) const = 0;
};

struct NewDelivery {
    std::string channel;
    std::string account;
    std::string to;
    std::string text;
    store::Media media = {};      // the file that goes with it; without an id: none
    std::string session_key;      // where the text is mirrored once it was sent; may be empty
    std::string idempotency_key;  // global, with its prefix ("send:<key>"), or empty
    std::string origin = "send";  // "send" is mirrored; "reply:<inbound id>" is in the transcript
    std::string reply_to = {};    // the provider's ids of a message and of a thread, or empty
    std::string thread = {};
    bool is_silent = false;
    std::chrono::milliseconds expires_after{std::chrono::hours(1)};
    store::DeliveryContent content = {};  // how the text or the file is meant, or a poll
};
// The row that it becomes, queued.
store::Delivery row_of(NewDelivery what, std::int64_t now_ms);

// How a delivery ended.
struct Outcome {
    std::string delivery_id;
    store::DeliveryState state = store::DeliveryState::sent;
    std::string provider_message_id;
    std::string error;  // why, unless it was sent

    bool operator==(const Outcome&) const = default;
};
Outcome outcome_of(const store::Delivery& row);

struct OutboxStats {
    std::uint64_t accepted = 0;
    std::uint64_t sent = 0;
    std::uint64_t failed = 0;
    std::uint64_t uncertain = 0;
    std::uint64_t expired = 0;
    std::uint64_t retries = 0;
    std::size_t queued = 0;      // accepted and not yet with a worker
    std::size_t attempting = 0;  // with a worker
};

// What one account has not delivered yet.
struct Backlog {
    std::size_t deliveries = 0;
    std::int64_t oldest_ms = 0;  // when the oldest of them was accepted; 0: there is none

    bool operator==(const Backlog&) const = default;
};

class Outbox {
  public:
    using Ended = std::function<void(Result<Outcome>)>;
    // Other work for the same transaction; runs off the loop, captures values only.
    using Alongside = std::function<Result<void>(store::Database&)>;
    using Committed = std::function<void(Result<void>)>;

    Outbox(loop::Loop& loop, const base::Clock& clock, store::Store& store);
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    class Events {
      public:
        virtual ~Events() = default;
        // A delivery ended otherwise than sent; its end is committed.
        virtual void on_delivery_ended(const store::Delivery& row) = 0;
    };
    // events outlives the outbox. Without it nobody is told.
    void set_events(Events& events) { events_ = &events; }

    // Takes up what an earlier process left and sends from now on. What that process was attempting
    // is in doubt. Submissions before that are held back, so that none overtakes an older one.
    // sender outlives the outbox or stop().
    void start(Sender& sender);
    // Sends nothing any more; rows stay for the next start.
    void stop();

    // What fits into one order to a worker, and far beyond what any network takes.
    static constexpr std::size_t kMaxTextBytes = 512 * 1024;
    static constexpr std::size_t kMaxTargetBytes = 1024;
    // How long a worker may take for one attempt from its beginning, and besides for a long text on
    // a network that takes it line by line; afterwards it is in doubt.
    static constexpr std::chrono::milliseconds kAttemptDeadline{120'000};
    static constexpr std::size_t kSlowestBytesPerSecond = 256;
    // How long an order may wait behind others in a worker that answers pings.
    static constexpr std::chrono::milliseconds kOrderDeadline{900'000};
    static constexpr std::chrono::milliseconds kLookUpDeadline{30'000};
    // What one account may hold; more is refused with Errc::limit_exceeded.
    static constexpr std::size_t kMaxPerAccount = 10'000;

    // Accepts a delivery. ended is called exactly once, however long it takes: with the outcome, or
    // with the error that kept it from being accepted. A known idempotency key joins its delivery,
    // or gets the outcome it had; other work is done with a new delivery only. Errc::unavailable
    // when its commit is slow: it may be sent all the same, and the same key tells.
    void submit(NewDelivery what, Ended ended, Alongside work = {});

    // Accepts a delivery in one transaction with other work; committed tells when that is durable.
    void submit_alongside(NewDelivery what, Alongside work, Committed committed);

    // Takes over a queued row of row_of() that somebody has committed in a transaction of their
    // own.
    void adopt(const store::Delivery& row);

    // Withdraws a delivery that waits in its lane; ended is called once, as by submit, and so is
    // everybody else who waits. Errc::invalid_input when it does not wait: it has ended, or is with
    // a worker, or there is none.
    void cancel(const std::string& delivery_id, Ended ended);

    // What the Sender's side saw. Notices about attempts that are not under way are ignored.
    void on_attempt_started(const std::string& delivery_id, int attempt);
    void on_sent(const std::string& delivery_id, int attempt,
                 const std::string& provider_message_id);
    void on_failed(const std::string& delivery_id, int attempt, Failure failure,
                   const std::string& reason, std::chrono::milliseconds retry_after);
    void on_looked_up(const std::string& delivery_id, LookUp outcome,
                      const std::string& provider_message_id);
    // The account may send now.
    void on_account_ready(const std::string& channel, const std::string& account);
    // The account's worker is gone and everything it had said was told to us before.
    // was_heard_out: nothing that its worker said was thrown away.
    void on_account_gone(const std::string& channel, const std::string& account,
                         bool was_heard_out);

    // The delivery is unfinished and leaves through another account: its worker has no say in it.
    [[nodiscard]] bool is_anothers(const std::string& delivery_id, const std::string& channel,
                                   const std::string& account) const;

    [[nodiscard]] OutboxStats stats() const;
    [[nodiscard]] Backlog backlog(const std::string& channel, const std::string& account) const;

  private:
    struct Entry {
        store::Delivery row;
        LaneKey lane;
        Stage stage = Stage::accepting;
        std::int64_t attempt_ms = 0;   // of the present attempt
        std::int64_t doubtful_ms = 0;  // Custody::doubtful_ms
        std::int64_t doubt_ms = 0;     // of those before: Custody::doubt_ms
        int lost = 0;                  // attempts that may be why their worker ended
        std::uint64_t handed = 0;      // ascends with every order
        base::SteadyTime deadline{};
        base::SteadyTime not_before{};  // of the next attempt, while requeueing
        std::vector<Ended> waiting;     // who wants to know the end
        Committed committed;
    };

    // A submission from before it was known what an earlier process had left.
    struct Early {
        NewDelivery what;
        Alongside work;
        Ended ended;
        Committed committed;
    };

    [[nodiscard]] Result<void> admit(const NewDelivery& what) const;
    void accept(NewDelivery what, Alongside work, Ended ended, Committed committed);
    void on_accepted(const std::string& id, Result<AcceptedRow> accepted);
    void join(const std::string& id, const store::Delivery& row);
    void load();
    void on_left_behind(Result<std::vector<store::Delivery>> rows);
    void take_up(const store::Delivery& row);

    void pump_all();
    void pump(const std::string& channel, const std::string& account);
    [[nodiscard]] std::string next_order_of(const std::vector<std::string>& ids);
    void step(Entry& entry, Happening happening, const std::string& said = {},
              const std::string& provider_message_id = {});
    [[nodiscard]] Custody custody_of(const Entry& entry) const;
    void begin_attempt(Entry& entry);
    void on_marked(const std::string& id, const Result<void>& marked);
    void hand_over(Entry& entry);
    [[nodiscard]] std::int64_t begin_before(const Entry& entry) const;
    void end_attempt(Entry& entry, std::int64_t doubt_ms);
    void hold(Entry& entry, std::int64_t doubt_ms, std::chrono::milliseconds delay);
    void ask(Entry& entry, std::int64_t doubt_ms);
    void requeue(Entry& entry, std::chrono::milliseconds after, std::int64_t doubt_ms,
                 const std::string& why);
    void write_requeue(Entry& entry);
    void on_requeued(const std::string& id, const Result<void>& stored);
    void finish(Entry& entry, store::DeliveryState state, const std::string& provider_message_id,
                const std::string& error);
    void write_end(Entry& entry);
    void on_finished(const std::string& id, const Result<void>& stored);

    void set_expiry(Entry& entry);
    void set_deadline(Entry& entry, base::SteadyTime deadline);
    void clear_deadline(Entry& entry);
    void arm();
    void on_timer();
    void on_deadline(Entry& entry);
    Entry* find_entry(const std::string& id);
    Entry* find_attempt(const std::string& id, int attempt);
    [[nodiscard]] std::vector<std::string> ids_of(const std::string& channel,
                                                  const std::string& account) const;
    void drop(const std::string& id);
    void count(const store::Delivery& row);

    const base::Clock& clock_;
    store::Store& store_;
    Sender* sender_ = nullptr;
    Events* events_ = nullptr;
    bool is_loaded_ = false;                   // what an earlier process left has been taken up
    std::vector<Early> early_;                 // submissions from before that, in order
    std::vector<store::Delivery> early_rows_;  // the same, of those to adopt
    std::uint64_t last_handed_ = 0;
    Lanes lanes_;
    std::unordered_map<std::string, std::unique_ptr<Entry>> entries_;  // by delivery id
    std::set<std::pair<base::SteadyTime, std::string>> deadlines_;
    OutboxStats stats_;
    loop::Timer timer_;
    loop::Timer load_timer_;
    std::shared_ptr<bool> alive_;  // completions of the store may outlive us
};

}  // namespace gw::delivery
