// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/agents/runs.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/log.h"
#include "gatewayd/agents/responder.h"
#include "gatewayd/sessions/transcript.h"
#include "store/inbound.h"

namespace gw::agents {

namespace {

using namespace std::chrono_literals;

// The pause after the store refused the end of a run.
constexpr auto kCommitAgain = 1s;

bool is_client(const RunRequest& request) {
    return request.origin.kind == RunOrigin::Kind::client;
}

channels::Conversation conversation_of(const RunOrigin& origin) {
    return {.channel = origin.channel,
            .account = origin.account,
            .peer = origin.to,
            .thread = origin.thread};
}

constexpr char kTooManyInSession[] = "too many messages in this session, try again in a minute";
constexpr char kTooManyOnAccount[] = "too many messages wait for an answer, try again later";

const StartOutcome kInFlight{.status = StartOutcome::Status::in_flight, .summary = {}};

Result<StartOutcome> outcome_of(const Result<ClaimedRun>& claimed) {
    using State = ClaimedRun::State;
    using Status = StartOutcome::Status;
    if (!claimed) return std::unexpected(claimed.error());
    if (claimed->state == State::claimed) return StartOutcome{};
    const Status status = claimed->state == State::refused ? Status::queue_full
                          : claimed->ok                    ? Status::finished_ok
                                                           : Status::finished_error;
    return StartOutcome{.status = status, .summary = claimed->summary};
}

std::string lifecycle(std::string_view phase, std::string_view when, std::int64_t ms) {
    std::string data;
    json::Writer(data).begin_object().field("phase", phase).field(when, ms).end_object();
    return data;
}

// The built-in responder says everything in one piece.
std::string assistant(const std::string& text) {
    std::string data;
    json::Writer(data).begin_object().field("text", text).field("delta", text).end_object();
    return data;
}

}  // namespace

std::string_view name(ChatEvent::State state) {
    switch (state) {
        case ChatEvent::State::delta: return "delta";
        case ChatEvent::State::final: return "final";
        case ChatEvent::State::error: return "error";
        case ChatEvent::State::aborted: return "aborted";
    }
    return "error";
}

Runs::Runs(loop::Loop& loop, const base::Clock& clock, store::Store& store,
           delivery::Outbox& outbox, Events& events)
    : clock_(clock),
      store_(store),
      outbox_(outbox),
      events_(events),
      client_limit_(kClientTurnsPerMinute, 60s),
      channel_limit_(kChannelTurnsPerMinute, 60s),
      patience_(loop),
      commit_timer_(loop, [this] { commit_again(); }),
      alive_(std::make_shared<bool>(true)) {}

Runs::~Runs() {
    *alive_ = false;
}

// Beginning

void Runs::start(RunRequest request, Answered answered) {
    if (const auto known = runs_.find(request.run_id); known != runs_.end()) {
        Run& run = *known->second;
        if (run.stage != Stage::claiming) return answered(kInFlight);
        return run.also_asked.push_back(patience_.limit<StartOutcome>(std::move(answered)));
    }
    const bool has_room = !is_full(request.session_key);
    const Run& run = enqueue(std::move(request), Stage::claiming);
    const UserTurn turn{.run_id = run.request.run_id,
                        .session_key = run.request.session_key,
                        .text = run.request.text,
                        .now_ms = clock_.wall_ms()};
    store_.write<ClaimedRun>(
        [turn, has_room](store::Database& db) { return claim_turn(db, turn, has_room); },
        [this, alive = alive_, run_id = turn.run_id,
         answered = patience_.limit<StartOutcome>(std::move(answered))](auto claimed) {
            if (*alive) on_claimed(run_id, claimed, answered);
        });
}

void Runs::on_claimed(const std::string& run_id, const Result<ClaimedRun>& claimed,
                      const Answered& answered) {
    const auto also_asked = std::exchange(runs_.at(run_id)->also_asked, {});
    const Result<StartOutcome> outcome = outcome_of(claimed);
    const bool has_started = outcome && outcome->status == StartOutcome::Status::started;
    if (!has_started) drop(run_id);
    answered(outcome);
    for (const Answered& also : also_asked)
        also(has_started ? kInFlight : outcome);
    if (!has_started) return;
    Run& run = *runs_.at(run_id);
    run.stage = Stage::queued;
    run_next(std::string(run.request.session_key));
}

void Runs::on_routed(const channels::RoutedMessage& message) {
    RunRequest request{.run_id = base::new_uuid(),
                       .session_key = message.session_key,
                       .display_key = message.session_key,
                       .text = message.text,
                       .origin = {.kind = RunOrigin::Kind::channel,
                                  .channel = message.channel,
                                  .account = message.account,
                                  .to = message.peer,
                                  .thread = message.thread,
                                  .reply_to = message.reply_to},
                       .inbound_id = message.inbound_id};
    const bool has_room = !is_full(request.session_key);
    Run& run = enqueue(std::move(request), Stage::queued);
    const std::size_t waiting = ++of_account_[{message.channel, message.account}];
    if (!has_room) return refuse(run, kTooManyInSession);
    if (waiting > kMaxOfAccount) return refuse(run, kTooManyOnAccount);
    run_next(message.session_key);
}

Runs::Run& Runs::enqueue(RunRequest request, Stage stage) {
    auto run = std::make_unique<Run>();
    run->request = std::move(request);
    run->stage = stage;
    Run& kept = *run;
    sessions_[kept.request.session_key].push_back(kept.request.run_id);
    runs_.emplace(kept.request.run_id, std::move(run));
    return kept;
}

// The first of the session's queue runs; the others wait for its end.
void Runs::run_next(const std::string& session_key) {
    const auto queue = sessions_.find(session_key);
    if (queue == sessions_.end()) return;
    Run& run = *runs_.at(queue->second.front());
    if (run.stage != Stage::queued) return;
    if (!limit_of(run).admit(session_key, clock_.steady())) {
        return refuse(run, kTooManyInSession);
    }
    answer(run);
}

// One turn

void Runs::answer(Run& run) {
    ++stats_.started;
    begin_typing(run);
    run.started_ms = clock_.wall_ms();
    run.text = builtin_answer(run.request.text);
    run.stage = Stage::committing;
    announce_agent(run, "lifecycle", lifecycle("start", "startedAt", run.started_ms));
    announce_agent(run, "assistant", assistant(run.text));
    announce_chat(run, ChatEvent::State::delta);
    commit(run);
}

// No answer: too many turns. A client is told; a channel hears nothing, its transcript says so.
void Runs::refuse(Run& run, const std::string& why) {
    ++stats_.rate_limited;
    run.stage = Stage::committing;
    run.error = why;
    log::warn("agents", "turn refused",
              {{"session", run.request.session_key},
               {"channel", run.request.origin.channel},
               {"reason", why}});
    commit(run);
}

void Runs::commit(const Run& run) {
    const RunRequest& request = run.request;
    const Answer line{
        .session_key = request.session_key, .text = run.text, .now_ms = clock_.wall_ms()};
    const bool ok = run.error.empty();
    const auto done = [this, alive = alive_, run_id = request.run_id](Result<void> committed) {
        if (*alive) on_committed(run_id, committed);
    };
    if (is_client(request)) {
        return store_.write<void>(
            [run_id = request.run_id, line, ok,
             error = run.error](store::Database& db) -> Result<void> {
                if (ok) TRY_VOID(append_answer(db, line));
                return finish_turn(db, run_id, ok, error);
            },
            done);
    }
    if (!ok) {
        return store_.write<void>(
            [id = request.inbound_id, line, why = run.error](store::Database& db) {
                return leave_unanswered(db, id, line.session_key, why, line.now_ms);
            },
            done);
    }
    outbox_.submit_alongside(
        {.channel = request.origin.channel,
         .account = request.origin.account,
         .to = request.origin.to,
         .text = run.text,
         .session_key = request.session_key,
         .idempotency_key = {},
         .origin = "reply:" + std::to_string(request.inbound_id),
         .reply_to = request.origin.reply_to,
         .thread = request.origin.thread},
        [id = request.inbound_id, line](store::Database& db) -> Result<void> {
            TRY_VOID(append_answer(db, line));
            return store::mark_done(db, id);
        },
        done);
}

void Runs::on_committed(const std::string& run_id, const Result<void>& committed) {
    Run& run = *runs_.at(run_id);
    if (!committed) {
        log::error("agents", "answer not committed", {{"reason", committed.error().message}});
        if (!is_client(run.request)) return on_not_committed(run, committed.error());
        run.error = "the answer could not be stored: " + committed.error().message;
    }
    run.error.empty() ? announce_end(run) : announce_error(run);
    drop(run_id);
}

// A client is told and asks again; somebody on a network would wait for nothing. So its run goes on
// until its end is stored: with the answer, or without one that nobody could carry.
void Runs::on_not_committed(Run& run, const Error& why) {
    if (why.code == Errc::invalid_input && run.error.empty()) {
        run.error = why.message;
        return commit(run);
    }
    uncommitted_.push_back(run.request.run_id);
    if (!commit_timer_.is_running()) commit_timer_.start(kCommitAgain);
}

void Runs::commit_again() {
    for (const std::string& run_id : std::exchange(uncommitted_, {}))
        commit(*runs_.at(run_id));
}

// Withdrawal

std::vector<std::string> Runs::abort_session(const std::string& session_key,
                                             const std::string& stop_reason) {
    std::vector<std::string> aborted;
    if (const auto queue = sessions_.find(session_key); queue != sessions_.end()) {
        for (const std::string& run_id : queue->second) {
            const Run& run = *runs_.at(run_id);
            if (run.stage == Stage::queued && is_client(run.request)) aborted.push_back(run_id);
        }
    }
    for (const std::string& run_id : aborted)
        abort_one(run_id, stop_reason);
    return aborted;
}

std::vector<std::string> Runs::abort_run(const std::string& run_id,
                                         const std::string& stop_reason) {
    const Run* run = find_run(run_id);
    if (run == nullptr || run->stage != Stage::queued || !is_client(run->request)) return {};
    abort_one(run_id, stop_reason);
    return {run_id};
}

void Runs::abort_one(const std::string& run_id, const std::string& stop_reason) {
    Run& run = *runs_.at(run_id);
    ++stats_.aborted;
    run.seq += 1;
    announce_chat(run, ChatEvent::State::aborted, stop_reason);
    events_.on_run_finished({.run_id = run_id, .ok = false, .summary = "aborted", .text = {}});
    store_.write<void>(
        [run_id](store::Database& db) { return finish_turn(db, run_id, true, "aborted"); },
        [](const Result<void>& stored) {
            if (stored) return;
            log::error("agents", "abort not committed", {{"reason", stored.error().message}});
        });
    drop(run_id);
}

// Injection

void Runs::inject(const std::string& session_key, const std::string& display_key,
                  const std::string& text, std::function<void(Result<std::string>)> injected) {
    const std::int64_t now_ms = clock_.wall_ms();
    const Injection line{.session_key = session_key,
                         .message = sessions::injected_message(text, now_ms),
                         .now_ms = now_ms};
    store_.write<void>([line](store::Database& db) { return inject_line(db, line); },
                       [this, alive = alive_, line, display_key,
                        injected = patience_.limit<std::string>(std::move(injected))](
                           const Result<void>& committed) {
                           if (*alive) on_injected(line, display_key, committed, injected);
                       });
}

void Runs::on_injected(const Injection& line, const std::string& display_key,
                       const Result<void>& committed,
                       const std::function<void(Result<std::string>)>& injected) {
    if (!committed) return injected(std::unexpected(committed.error()));
    const std::string message_id = base::new_uuid().substr(0, 8);
    ChatEvent event;
    event.run_id = "inject-" + message_id;
    event.session_key = line.session_key;
    event.display_key = display_key;
    event.state = ChatEvent::State::final;
    event.message = line.message;
    event.timestamp_ms = line.now_ms;
    events_.on_chat(event);
    injected(message_id);
}

// Announcements

void Runs::announce_agent(Run& run, std::string_view stream, std::string data) {
    run.seq += 1;
    events_.on_agent({.run_id = run.request.run_id,
                      .session_key = run.request.session_key,
                      .display_key = run.request.display_key,
                      .seq = run.seq,
                      .ts_ms = clock_.wall_ms(),
                      .stream = std::string(stream),
                      .data = std::move(data)});
}

void Runs::announce_chat(const Run& run, ChatEvent::State state, const std::string& stop_reason) {
    ChatEvent event;
    event.run_id = run.request.run_id;
    event.session_key = run.request.session_key;
    event.display_key = run.request.display_key;
    event.seq = run.seq;
    event.state = state;
    event.text = run.text;
    if (state == ChatEvent::State::delta) event.delta_text = run.text;
    event.timestamp_ms = clock_.wall_ms();
    event.error_message = run.error;
    event.stop_reason = stop_reason;
    events_.on_chat(event);
}

void Runs::announce_end(Run& run) {
    ++stats_.finished;
    announce_agent(run, "lifecycle", lifecycle("end", "endedAt", clock_.wall_ms()));
    announce_chat(run, ChatEvent::State::final);
    events_.on_run_finished(
        {.run_id = run.request.run_id, .ok = true, .summary = "completed", .text = run.text});
}

void Runs::announce_error(Run& run) {
    ++stats_.failed;
    const bool has_started = run.seq > 0;
    if (has_started || is_client(run.request)) {
        run.seq += 1;
        announce_chat(run, ChatEvent::State::error);
    }
    events_.on_run_finished(
        {.run_id = run.request.run_id, .ok = false, .summary = run.error, .text = {}});
}

void Runs::begin_typing(Run& run) {
    if (typist_ == nullptr || is_client(run.request)) return;
    run.is_typing = true;
    typist_->begin_typing(conversation_of(run.request.origin));
}

void Runs::end_typing(Run& run) {
    if (!std::exchange(run.is_typing, false)) return;
    typist_->end_typing(conversation_of(run.request.origin));
}

// The run is over: the next of its session may go.
void Runs::drop(const std::string& run_id) {
    const auto it = runs_.find(run_id);
    GW_ASSERT(it != runs_.end(), "a run ends once");
    const std::string session_key = it->second->request.session_key;
    end_typing(*it->second);
    if (const RunRequest& request = it->second->request; !is_client(request)) {
        const auto count = of_account_.find({request.origin.channel, request.origin.account});
        if (--count->second == 0) of_account_.erase(count);
    }
    runs_.erase(it);
    const auto queue = sessions_.find(session_key);
    std::erase(queue->second, run_id);
    if (queue->second.empty()) {
        sessions_.erase(queue);
    } else {
        run_next(session_key);
    }
}

// Questions

bool Runs::is_active(const std::string& run_id) const {
    return find_run(run_id) != nullptr;
}

std::optional<std::string> Runs::find_session_of(const std::string& run_id) const {
    const Run* run = find_run(run_id);
    if (run == nullptr) return std::nullopt;
    return run->request.session_key;
}

const Runs::Run* Runs::find_run(const std::string& run_id) const {
    const auto it = runs_.find(run_id);
    return it == runs_.end() ? nullptr : it->second.get();
}

bool Runs::is_full(const std::string& session_key) const {
    const auto it = sessions_.find(session_key);
    return it != sessions_.end() && it->second.size() > kMaxQueued;
}

RateLimit& Runs::limit_of(const Run& run) {
    return is_client(run.request) ? client_limit_ : channel_limit_;
}

RunsStats Runs::stats() const {
    RunsStats stats = stats_;
    stats.active = runs_.size();
    return stats;
}

}  // namespace gw::agents
