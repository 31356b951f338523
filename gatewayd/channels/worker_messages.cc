// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What passes between the channels and their workers: the orders that go out, and the one switch
// over what comes in.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/utf8.h"
#include "gatewayd/channels/channels.h"
#include "store/event_crashes.h"

namespace gw::channels {

namespace {

// What a worker says for the operator and the caller is cut to this.
constexpr std::size_t kMaxReasonBytes = 1024;
constexpr std::size_t kMaxProviderIdBytes = 1024;
// No provider asks to come back later than this; a worker that does is not believed.
constexpr std::chrono::milliseconds kMaxRetryAfter = std::chrono::minutes(10);

delivery::Failure failure_of(proto::SendFailure failure) {
    if (failure == proto::SEND_FAILURE_TRANSIENT) return delivery::Failure::transient;
    if (failure == proto::SEND_FAILURE_PERMANENT) return delivery::Failure::permanent;
    return delivery::Failure::uncertain;
}

delivery::LookUp outcome_of(proto::LookUp outcome) {
    if (outcome == proto::LOOK_UP_FOUND) return delivery::LookUp::found;
    if (outcome == proto::LOOK_UP_ABSENT) return delivery::LookUp::absent;
    return delivery::LookUp::unknown;
}

// The delivery that a message of a worker is about, if it is about one.
const std::string* find_delivery(const proto::WorkerToCore& message) {
    using proto::WorkerToCore;
    if (message.has_attempt_started()) return &message.attempt_started().delivery_id();
    if (message.has_send_done()) return &message.send_done().delivery_id();
    if (message.has_send_failed()) return &message.send_failed().delivery_id();
    if (message.has_sent_looked_up()) return &message.sent_looked_up().delivery_id();
    return nullptr;
}

void set_content(const store::DeliveryContent& content, proto::SendMessage& send) {
    send.set_parse_mode(content.parse_mode);
    send.set_is_document(content.is_document);
    send.set_is_voice(content.is_voice);
    if (!content.poll) return;
    send.clear_text();  // the question again, for those who look at deliveries
    proto::Poll& poll = *send.mutable_poll();
    poll.set_question(content.poll->question);
    for (const std::string& option : content.poll->options)
        poll.add_options(option);
    poll.set_max_selections(content.poll->max_selections);
    poll.set_duration_s(content.poll->duration_s);
    poll.set_is_public(content.poll->is_public);
}

void log_crash(const store::EventCrash& crash, const Result<std::int64_t>& crashes) {
    if (!crashes) {
        return log::error("channels", "a crash not counted", {{"reason", crashes.error().message}});
    }
    log::warn("channels", "a worker ended badly while it parsed an event",
              {{"channel", crash.channel},
               {"account", crash.account},
               {"event", crash.event_id},
               {"times", *crashes}});
}

}  // namespace

// Outwards

bool Channels::may_send(const std::string& channel, const std::string& account) const {
    return supervisor_.phase({channel, account}) == supervisor::Phase::running;
}

Result<void> Channels::send(const delivery::SendOrder& order) {
    proto::CoreToWorker message;
    auto& send = *message.mutable_send_message();
    send.set_delivery_id(order.delivery_id);
    send.set_attempt(static_cast<std::uint32_t>(order.attempt));
    send.set_to(order.to);
    send.set_text(order.text);
    send.set_client_id(order.client_id);
    send.set_reply_to(order.reply_to);
    send.set_thread(order.thread);
    send.set_is_silent(order.is_silent);
    send.set_begin_before_ms(order.begin_before_ms);
    set_content(order.content, send);
    offer_file(order, send);
    const auto sent = supervisor_.send({order.channel, order.account}, message);
    if (!sent) outgoing_.retract({order.channel, order.account}, order.delivery_id, order.attempt);
    return sent;
}

Result<void> Channels::look_up(const delivery::LookUpOrder& order) {
    proto::CoreToWorker message;
    auto& look_up = *message.mutable_look_up_sent();
    look_up.set_delivery_id(order.delivery_id);
    look_up.set_to(order.to);
    look_up.set_text(order.text);
    look_up.set_client_id(order.client_id);
    look_up.set_attempted_ms(order.attempted_ms);
    return supervisor_.send({order.channel, order.account}, message);
}

std::optional<delivery::Provider> Channels::find_provider(const std::string& channel,
                                                          const std::string& account) const {
    const auto said = supervisor_.find_capabilities({channel, account});
    if (!said) return std::nullopt;
    return delivery::Provider{.client_id_window = said->client_id_window,
                              .can_look_up = said->can_look_up};
}

void Channels::on_send_done(const WorkerId& id, const proto::SendDone& done) {
    account(id).last_outbound_ms = clock_.wall_ms();
    outgoing_.retract(id, done.delivery_id(), static_cast<int>(done.attempt()));
    const std::string provider_id(
        base::utf8_prefix(done.provider_message_id(), kMaxProviderIdBytes));
    outbox_.on_sent(done.delivery_id(), static_cast<int>(done.attempt()), provider_id);
}

void Channels::on_send_failed(const WorkerId& id, const proto::SendFailed& failed) {
    outgoing_.retract(id, failed.delivery_id(), static_cast<int>(failed.attempt()));
    const std::chrono::milliseconds retry_after(failed.retry_after_ms());
    outbox_.on_failed(failed.delivery_id(), static_cast<int>(failed.attempt()),
                      failure_of(failed.failure()),
                      std::string(base::utf8_prefix(failed.reason(), kMaxReasonBytes)),
                      std::min(retry_after, kMaxRetryAfter));
}

void Channels::on_looked_up(const proto::SentLookedUp& looked_up) {
    outbox_.on_looked_up(
        looked_up.delivery_id(), outcome_of(looked_up.outcome()),
        std::string(base::utf8_prefix(looked_up.provider_message_id(), kMaxProviderIdBytes)));
}

// Workers

void Channels::on_worker_changed(const supervisor::WorkerStatus& status) {
    AccountState& state = account(status.id);
    const bool is_connected = status.phase == supervisor::Phase::running;
    const bool is_ready_now = is_connected && !state.is_connected;
    state.is_connected = is_connected;
    // The steps in between are told by the supervisor's lines.
    const bool is_news = is_connected || status.phase == supervisor::Phase::degraded;
    log::write(is_news ? log::Level::info : log::Level::debug, "channels", "account changed",
               {{"channel", status.id.channel},
                {"account", status.id.account},
                {"state", supervisor::name(status.phase)},
                {"detail", status.detail}});
    events_.on_account_changed(status_of(state));
    if (is_ready_now) outbox_.on_account_ready(status.id.channel, status.id.account);
}

void Channels::on_worker_hello(const WorkerId& id, std::uint64_t generation) {
    store_.write<ConfigureFacts>(
        [id](store::Database& db) { return read_configure_facts(db, id.channel, id.account); },
        [this, alive = alive_, id, generation](auto facts) {
            if (*alive) on_configure_facts(id, generation, facts);
        });
}

void Channels::on_configure_facts(const WorkerId& id, std::uint64_t generation,
                                  const Result<ConfigureFacts>& facts) {
    if (supervisor_.status(id).generation != generation) return;
    if (!facts) return give_up(id, generation, facts.error().in("reading what to resume from"));
    AccountState& state = account(id);
    proto::Configure settings;
    settings.set_settings_json(state.config.settings_json);
    for (const auto& [key, secret] : state.config.secrets) {
        (*settings.mutable_secrets())[key] = std::string(secret.reveal());
    }
    settings.set_cursor(facts->cursor);
    settings.set_is_cautious(state.caution.is_cautious);
    for (const std::string& event_id : facts->skip)
        settings.add_skip(event_id);
    on_configured(state.caution, facts->skip);
    supervisor_.configure(id, generation, settings);
}

void Channels::on_worker_message(const WorkerId& id, std::uint64_t generation,
                                 proto::WorkerToCore& message) {
    using proto::WorkerToCore;
    const std::string* delivery = find_delivery(message);
    if (delivery != nullptr && outbox_.is_anothers(*delivery, id.channel, id.account)) {
        return supervisor_.cut(id, generation, "spoke of another account's delivery");
    }
    if (delivery == nullptr && account(id).given_up == generation) return;
    switch (message.body_case()) {
        case WorkerToCore::kMessageReceived:
            return on_message_received(id, generation, message.message_received());
        case WorkerToCore::kAttemptStarted:
            return outbox_.on_attempt_started(
                message.attempt_started().delivery_id(),
                static_cast<int>(message.attempt_started().attempt()));
        case WorkerToCore::kSendDone: return on_send_done(id, message.send_done());
        case WorkerToCore::kSendFailed: return on_send_failed(id, message.send_failed());
        case WorkerToCore::kSentLookedUp: return on_looked_up(message.sent_looked_up());
        case WorkerToCore::kGapNoticed:
            return on_gap_noticed(id, generation, message.gap_noticed());
        case WorkerToCore::kEventStarted:
            return on_event_started(id, generation, message.event_started());
        case WorkerToCore::kEventSkipped:
            return on_event_skipped(id, generation, message.event_skipped());
        case WorkerToCore::kEventPassed:
            return on_event_passed(id, generation, message.event_passed());
        case WorkerToCore::kStatePut:
            return enforce(id, generation,
                           worker_state_.put({id, generation}, message.id(), message.state_put()));
        case WorkerToCore::kStateGet:
            return enforce(id, generation,
                           worker_state_.get({id, generation}, message.id(), message.state_get()));
        case WorkerToCore::kMediaChunk:
            return enforce(id, generation, incoming_.on_chunk(id, message.media_chunk()));
        case WorkerToCore::kMediaCredit:
            return enforce(id, generation, outgoing_.on_credit(id, message.media_credit()));
        case WorkerToCore::kHttpReply: return on_http_reply(id, generation, message);
        case WorkerToCore::kMessageChanged:
            if (changes_.on_changed(id, message.id(), message.message_changed())) return;
            return supervisor_.cut(id, generation, "nobody asked for a message to be changed");
        case WorkerToCore::kHello:
        case WorkerToCore::kReady:
        case WorkerToCore::kLinkChanged:
        case WorkerToCore::kPong:
        case WorkerToCore::kProgressMade:
        case WorkerToCore::BODY_NOT_SET: return;  // the supervisor's business
    }
}

void Channels::on_message_received(const WorkerId& id, std::uint64_t generation,
                                   const proto::MessageReceived& message) {
    AccountState& state = account(id);
    state.last_inbound_ms = clock_.wall_ms();
    const auto committed = [this, id, generation,
                            event_id = message.event_id()](const Result<void>& outcome) {
        accept(id, generation, event_id, outcome);
    };
    auto claimed = incoming_.claim(id, message);
    if (!claimed) return supervisor_.cut(id, generation, claimed.error().message);
    ReceivedFiles files;
    if (!claimed->empty()) files = {incoming_.directory(), std::move(*claimed)};
    const auto taken =
        inbox_.take(state.config, supervisor_.status(id).self_id, message, files, committed);
    // It was parsed: whatever its worker dies of from here on, this was not it.
    if (taken) on_settled(state.caution, message.event_id());
    enforce(id, generation, taken);
    // Queued behind the message: what it did not keep goes.
    incoming_.release(files.all);
}

void Channels::on_gap_noticed(const WorkerId& id, std::uint64_t generation,
                              const proto::GapNoticed& notice) {
    const auto refused = [this, id, generation](const Error& why) {
        give_up(id, generation, why.in("keeping a gap"));
    };
    enforce(id, generation, gaps_.notice(id, notice, refused));
}

void Channels::on_event_started(const WorkerId& id, std::uint64_t generation,
                                const proto::EventStarted& event) {
    enforce(id, generation, on_started(account(id).caution, event));
}

void Channels::on_event_skipped(const WorkerId& id, std::uint64_t generation,
                                const proto::EventSkipped& event) {
    const AccountState& state = account(id);
    if (const auto checked = check_skipped(state.caution, event); !checked) {
        return enforce(id, generation, checked);
    }
    const auto committed = [this, id, generation,
                            event_id = event.event_id()](const Result<Inbox::Skipped>& kept) {
        on_skip_committed(id, generation, event_id, kept);
    };
    enforce(id, generation, inbox_.skip(state.config, event, committed));
}

void Channels::on_event_passed(const WorkerId& id, std::uint64_t generation,
                               const proto::EventPassed& event) {
    AccountState& state = account(id);
    const auto taken = inbox_.pass(
        state.config, event,
        [this, id, generation, event_id = event.event_id()](const Result<void>& outcome) {
            accept(id, generation, event_id, outcome);
        });
    if (taken) on_settled(state.caution, event.event_id());
    enforce(id, generation, taken);
}

void Channels::on_skip_committed(const WorkerId& id, std::uint64_t generation,
                                 const std::string& event_id, const Result<Inbox::Skipped>& kept) {
    if (!kept) return accept(id, generation, event_id, std::unexpected(kept.error()));
    accept(id, generation, event_id, {});
    if (!*kept) return;  // told before
    const store::QuarantinedSummary& event = **kept;
    log::warn("channels", "an event that crashed its worker is in quarantine",
              {{"channel", event.channel},
               {"account", event.account},
               {"event", event.event_id},
               {"bytes", event.size},
               {"look", "gatewayctl channels quarantine show " + std::to_string(event.id)}});
    events_.on_quarantined(event);
}

void Channels::accept(const WorkerId& id, std::uint64_t generation, const std::string& event_id,
                      const Result<void>& committed) {
    // Without Accepted the provider keeps the message; a new start asks for it again.
    if (!committed) return give_up(id, generation, committed.error().in("keeping a message"));
    on_settled(account(id).caution, event_id);
    proto::CoreToWorker message;
    message.mutable_accepted()->set_event_id(event_id);
    tell(id, generation, message);
}

// State

void Channels::on_state_answer(const WorkerState::Asker& asker, const proto::CoreToWorker& answer) {
    tell(asker.id, asker.generation, answer);
}

void Channels::on_state_refused(const WorkerState::Asker& asker, const Error& error) {
    supervisor_.cut(asker.id, asker.generation, error.message);
}

void Channels::on_state_failed(const WorkerState::Asker& asker, const Error& error) {
    give_up(asker.id, asker.generation, error.in("the worker's state"));
}

// Ends

void Channels::on_worker_gone(const WorkerId& id, std::uint64_t, const supervisor::WorkerEnd& end) {
    AccountState& state = account(id);
    state.is_connected = false;
    webhooks_.on_worker_gone(id);
    incoming_.on_worker_gone(id);
    outgoing_.on_worker_gone(id);
    changes_.on_worker_gone(id);
    outbox_.on_account_gone(id.channel, id.account, end.was_heard_out);
    if (const auto blamed = on_ended(state.caution, end.exit)) count_crash(id, *blamed);
}

// Commits before the next generation's Configure is put together: both are the writer's jobs.
void Channels::count_crash(const WorkerId& id, const StartedEvent& blamed) {
    const store::EventCrash crash{.channel = id.channel,
                                  .account = id.account,
                                  .event_id = blamed.event_id,
                                  .digest = blamed.digest,
                                  .now_ms = clock_.wall_ms()};
    store_.write<std::int64_t>(
        [crash](store::Database& db) { return store::count_crash(db, crash); },
        [crash](const Result<std::int64_t>& crashes) { log_crash(crash, crashes); });
}

bool Channels::tell(const WorkerId& id, std::uint64_t generation,
                    const proto::CoreToWorker& message) {
    if (supervisor_.status(id).generation != generation) return false;
    const auto sent = supervisor_.send(id, message);
    if (sent) return true;
    log::debug("channels", "the worker is going, an answer is dropped",
               {{"channel", id.channel}, {"reason", sent.error().message}});
    // It would wait for this answer for ever.
    if (sent.error().code == Errc::limit_exceeded) {
        supervisor_.cut(id, generation, "it does not read what it is told");
    }
    return false;
}

void Channels::enforce(const WorkerId& id, std::uint64_t generation, const Result<void>& outcome) {
    if (!outcome) supervisor_.cut(id, generation, outcome.error().message);
}

void Channels::give_up(const WorkerId& id, std::uint64_t generation, const Error& why) {
    if (supervisor_.status(id).generation != generation) return;
    account(id).given_up = generation;
    absolve(account(id).caution);
    supervisor_.end(id, generation, why.message);
}

}  // namespace gw::channels
