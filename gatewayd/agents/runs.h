#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Runs: agent turns. One at a time per session, in the order asked for, with a bounded queue each.
// Lives on the core's loop. A run's answer, the delivery that carries it and the end of its inbound
// message are one transaction; `final` is announced after its commit.
//
// Events of a run, in this order: agent lifecycle start, agent assistant, chat delta, agent
// lifecycle end, chat final. An aborted run says only chat aborted.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gatewayd/agents/rate_limit.h"
#include "gatewayd/agents/rows.h"
#include "gatewayd/channels/answerer.h"
#include "gatewayd/delivery/outbox.h"
#include "loop/loop.h"
#include "store/patience.h"
#include "store/store.h"

namespace gw::agents {

// Who asked, which decides where the answer goes.
struct RunOrigin {
    enum class Kind { client, channel };
    Kind kind = Kind::client;
    std::string channel;  // of a channel: where the answer is sent
    std::string account;
    std::string to;
    std::string thread;
    std::string reply_to;
};

struct RunRequest {
    std::string run_id;       // a client's is its idempotency key
    std::string session_key;  // canonical
    std::string display_key;  // as the client spelled it
    std::string text;
    RunOrigin origin;
    std::int64_t inbound_id = 0;  // of a channel's message
};

struct StartOutcome {
    enum class Status {
        started,
        in_flight,       // this run id is queued or running
        finished_ok,     // this run id has ended well, now or before a restart
        finished_error,  // or badly; summary says why
        queue_full,      // the session has too many runs waiting
    };
    Status status = Status::started;
    std::string summary;
};

struct AgentEvent {
    std::string run_id;
    std::string session_key;
    std::string display_key;
    std::int64_t seq = 0;  // 1, 2, 3 … per run
    std::int64_t ts_ms = 0;
    std::string stream;  // "lifecycle", "assistant"
    std::string data;    // a JSON object
};

struct ChatEvent {
    enum class State { delta, final, error, aborted };
    std::string run_id;
    std::string session_key;
    std::string display_key;
    std::int64_t seq = 0;
    State state = State::delta;
    std::string text;        // the whole text so far
    std::string delta_text;  // of a delta: what is new
    std::string message;     // of an injection: the whole line, JSON, instead of text
    std::int64_t timestamp_ms = 0;
    std::string error_message;  // of an error
    std::string stop_reason;    // of an aborted run
};
std::string_view name(ChatEvent::State state);

struct RunFinished {
    std::string run_id;
    bool ok = true;
    std::string summary;
    std::string text;
};

struct RunsStats {
    std::uint64_t started = 0;
    std::uint64_t finished = 0;
    std::uint64_t failed = 0;
    std::uint64_t aborted = 0;
    std::uint64_t rate_limited = 0;
    std::size_t active = 0;  // queued or running
};

class Runs final : public channels::Answerer {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        virtual void on_agent(const AgentEvent& event) = 0;
        virtual void on_chat(const ChatEvent& event) = 0;
        virtual void on_run_finished(const RunFinished& run) = 0;
    };
    // What may wait in one session.
    static constexpr std::size_t kMaxQueued = 20;
    // What may wait of one channel's account in all of its sessions.
    static constexpr std::size_t kMaxOfAccount = 1024;
    // Turns a session may take in a minute. A channel's bound stops two bots that talk to each
    // other: it is answered with silence. A client's is told.
    // Refused turns leave a line in the transcript.
    static constexpr std::size_t kChannelTurnsPerMinute = 20;
    static constexpr std::size_t kClientTurnsPerMinute = 240;

    Runs(loop::Loop& loop, const base::Clock& clock, store::Store& store, delivery::Outbox& outbox,
         Events& events);
    ~Runs() override;
    Runs(const Runs&) = delete;
    Runs& operator=(const Runs&) = delete;

    // Who shows in a channel's conversation that its turn is under way; outlives the runs. Without
    // it nobody does.
    void set_typist(channels::Typist& typist) { typist_ = &typist; }

    using Answered = std::function<void(Result<StartOutcome>)>;
    // A client's turn (chat.send). The run id is claimed and the user's line appended in one
    // transaction; answered is called once after its commit, before the run's first event; or at
    // once, when the run is in flight. Who asks for it in between learns what became of it.
    // Errc::unavailable when the commit is slow: the turn may come all the same, and the same run
    // id tells.
    void start(RunRequest request, Answered answered);

    // Puts text into the session as the assistant's, without a run (chat.inject). Announced as a
    // `chat final` of its own after its commit, before injected is called with the line's id.
    // Errc::not_found when there is no such session.
    void inject(const std::string& session_key, const std::string& display_key,
                const std::string& text, std::function<void(Result<std::string>)> injected);

    // A channel's turn. channels::Answerer.
    void on_routed(const channels::RoutedMessage& message) override;

    // Ends clients' runs that wait in the session (canonical key); their ids are returned after
    // `chat aborted` was announced for each. A run whose answer is being committed is past recall.
    std::vector<std::string> abort_session(const std::string& session_key,
                                           const std::string& stop_reason);
    // The same for one run. Nothing when it is not one that can be aborted.
    std::vector<std::string> abort_run(const std::string& run_id, const std::string& stop_reason);

    [[nodiscard]] bool is_active(const std::string& run_id) const;
    // The canonical session key of an active run.
    [[nodiscard]] std::optional<std::string> find_session_of(const std::string& run_id) const;

    [[nodiscard]] RunsStats stats() const;

  private:
    enum class Stage { claiming, queued, committing };
    struct Run {
        RunRequest request;
        Stage stage = Stage::claiming;
        std::int64_t seq = 0;  // of the last agent event
        std::int64_t started_ms = 0;
        std::string text;                       // the answer
        std::string error;                      // why there is none
        std::vector<Answered> also_asked = {};  // for it while it was being claimed
        bool is_typing = false;
    };

    void on_claimed(const std::string& run_id, const Result<ClaimedRun>& claimed,
                    const Answered& answered);
    Run& enqueue(RunRequest request, Stage stage);
    void run_next(const std::string& session_key);
    void answer(Run& run);
    void refuse(Run& run, const std::string& why);
    void commit(const Run& run);
    void on_committed(const std::string& run_id, const Result<void>& committed);
    void on_not_committed(Run& run, const Error& why);
    void commit_again();
    void begin_typing(Run& run);
    void end_typing(Run& run);
    void drop(const std::string& run_id);
    void abort_one(const std::string& run_id, const std::string& stop_reason);

    void on_injected(const Injection& line, const std::string& display_key,
                     const Result<void>& committed,
                     const std::function<void(Result<std::string>)>& injected);
    void announce_agent(Run& run, std::string_view stream, std::string data);
    void announce_chat(const Run& run, ChatEvent::State state, const std::string& stop_reason = {});
    void announce_end(Run& run);
    void announce_error(Run& run);

    [[nodiscard]] const Run* find_run(const std::string& run_id) const;
    [[nodiscard]] bool is_full(const std::string& session_key) const;
    RateLimit& limit_of(const Run& run);

    const base::Clock& clock_;
    store::Store& store_;
    delivery::Outbox& outbox_;
    Events& events_;
    channels::Typist* typist_ = nullptr;
    RateLimit client_limit_;
    RateLimit channel_limit_;
    std::map<std::string, std::unique_ptr<Run>> runs_;         // by run id
    std::map<std::string, std::deque<std::string>> sessions_;  // run ids, by session key
    std::map<std::pair<std::string, std::string>, std::size_t> of_account_;  // channels' runs
    std::vector<std::string> uncommitted_;  // runs whose end the store refused, to be asked again
    store::Patience patience_;
    loop::Timer commit_timer_;
    RunsStats stats_;
    std::shared_ptr<bool> alive_;  // completions of the store may outlive us
};

}  // namespace gw::agents
