// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What passes between the channels and their workers: the orders that go out, and the one switch
// over what comes in.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/utf8.h"
#include "gatewayd/channels/channels.h"
#include "store/inbound.h"

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
    return supervisor_.send({order.channel, order.account}, message);
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
    const std::string provider_id(
        base::utf8_prefix(done.provider_message_id(), kMaxProviderIdBytes));
    outbox_.on_sent(done.delivery_id(), static_cast<int>(done.attempt()), provider_id);
}

void Channels::on_send_failed(const proto::SendFailed& failed) {
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
    store_.read<std::optional<std::string>>(
        [id](store::Database& db) { return store::find_cursor(db, id.channel, id.account); },
        [this, alive = alive_, id, generation](auto cursor) {
            if (*alive) on_cursor(id, generation, cursor);
        });
}

void Channels::on_cursor(const WorkerId& id, std::uint64_t generation,
                         const Result<std::optional<std::string>>& cursor) {
    if (!cursor) {
        return supervisor_.cut(id, generation, "no cursor: " + cursor.error().message);
    }
    const config::Account& config = account(id).config;
    proto::Configure settings;
    settings.set_settings_json(config.settings_json);
    for (const auto& [key, secret] : config.secrets) {
        (*settings.mutable_secrets())[key] = std::string(secret.reveal());
    }
    settings.set_cursor(cursor->value_or(std::string()));
    supervisor_.configure(id, generation, settings);
}

void Channels::on_worker_message(const WorkerId& id, std::uint64_t generation,
                                 proto::WorkerToCore& message) {
    using proto::WorkerToCore;
    const std::string* delivery = find_delivery(message);
    if (delivery != nullptr && outbox_.is_anothers(*delivery, id.channel, id.account)) {
        return supervisor_.cut(id, generation, "spoke of another account's delivery");
    }
    switch (message.body_case()) {
        case WorkerToCore::kMessageReceived:
            return on_message_received(id, generation, message.message_received());
        case WorkerToCore::kAttemptStarted:
            return outbox_.on_attempt_started(
                message.attempt_started().delivery_id(),
                static_cast<int>(message.attempt_started().attempt()));
        case WorkerToCore::kSendDone: return on_send_done(id, message.send_done());
        case WorkerToCore::kSendFailed: return on_send_failed(message.send_failed());
        case WorkerToCore::kSentLookedUp: return on_looked_up(message.sent_looked_up());
        case WorkerToCore::kGapNoticed: return on_gap(id, message.gap_noticed());
        case WorkerToCore::kHello:
        case WorkerToCore::kReady:
        case WorkerToCore::kLinkChanged:
        case WorkerToCore::kPong:
        case WorkerToCore::kProgressMade:
        case WorkerToCore::BODY_NOT_SET: return;  // the supervisor's business
        case WorkerToCore::kEventStarted:
        case WorkerToCore::kEventSkipped:
        case WorkerToCore::kStatePut:
        case WorkerToCore::kStateGet:
        case WorkerToCore::kHttpReply:
        case WorkerToCore::kMediaChunk:
        case WorkerToCore::kMediaCredit: return supervisor_.cut(id, generation, "nobody asked");
    }
}

void Channels::on_message_received(const WorkerId& id, std::uint64_t generation,
                                   const proto::MessageReceived& message) {
    AccountState& state = account(id);
    state.last_inbound_ms = clock_.wall_ms();
    const auto taken = inbox_.take(
        state.config, supervisor_.status(id).self_id, message,
        [this, id, generation, event_id = message.event_id()](const Result<void>& committed) {
            accept(id, generation, event_id, committed);
        });
    if (!taken) supervisor_.cut(id, generation, taken.error().message);
}

void Channels::accept(const WorkerId& id, std::uint64_t generation, const std::string& event_id,
                      const Result<void>& committed) {
    if (supervisor_.status(id).generation != generation) return;
    if (!committed) {
        // Without Accepted the provider keeps the message; a new start asks for it again.
        return supervisor_.cut(id, generation, "not committed: " + committed.error().message);
    }
    proto::CoreToWorker message;
    message.mutable_accepted()->set_event_id(event_id);
    if (const auto sent = supervisor_.send(id, message); !sent) {
        log::debug("channels", "Accepted not sent",
                   {{"channel", id.channel}, {"reason", sent.error().message}});
    }
}

void Channels::on_gap(const WorkerId& id, const proto::GapNoticed& gap) {
    log::warn("channels", "messages may have been missed",
              {{"channel", id.channel},
               {"account", id.account},
               {"from_ms", gap.from_ms()},
               {"to_ms", gap.to_ms()},
               {"reason", base::utf8_prefix(gap.reason(), kMaxReasonBytes)}});
}

void Channels::on_worker_gone(const WorkerId& id, std::uint64_t) {
    account(id).is_connected = false;
    outbox_.on_account_gone(id.channel, id.account);
}

}  // namespace gw::channels
