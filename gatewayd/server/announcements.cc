// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/server/announcements.h"

#include "base/json.h"
#include "base/log.h"
#include "gatewayd/channels/catalog.h"
#include "gatewayd/methods/account_json.h"
#include "gatewayd/methods/dialect.h"
#include "gatewayd/methods/pairing_json.h"
#include "gatewayd/methods/run_waiters.h"
#include "gatewayd/server/clients.h"
#include "gatewayd/sessions/keys.h"
#include "store/sessions.h"

namespace gw::server {

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

constexpr auto kHealthEvery = 60s;
// Changes that come in bunches are announced once.
constexpr auto kGatherAccounts = 100ms;
constexpr auto kGatherPresence = 250ms;
constexpr int kRecentSessions = 5;

// Writes the same payload for both dialects of session keys.
template <typename Write>
void fill_payloads(Event& event, const std::string& session_key, const std::string& display_key,
                   const Write& write) {
    write(event.payload, session_key);
    if (display_key != session_key && !display_key.empty()) write(event.payload_at_3, display_key);
}

void write_chat(std::string& out, const agents::ChatEvent& chat, const std::string& key) {
    using State = agents::ChatEvent::State;
    json::Writer w(out);
    w.begin_object()
        .field("runId", chat.run_id)
        .field("sessionKey", key)
        .field("agentId", sessions::agent_of(chat.session_key))
        .field("seq", chat.seq)
        .field("state", agents::name(chat.state));
    if (chat.state == State::delta) w.field("deltaText", chat.delta_text);
    if (!chat.message.empty()) {
        w.key("message").raw(chat.message);
    } else if (!chat.text.empty() && (chat.state == State::delta || chat.state == State::final)) {
        w.key("message").begin_object().field("role", "assistant").key("content").begin_array();
        w.begin_object().field("type", "text").field("text", chat.text).end_object().end_array();
        w.field("timestamp", chat.timestamp_ms).end_object();
    }
    if (!chat.error_message.empty()) w.field("errorMessage", chat.error_message);
    if (!chat.stop_reason.empty()) w.field("stopReason", chat.stop_reason);
    w.end_object();
}

void write_agent(std::string& out, const agents::AgentEvent& agent, const std::string& key) {
    json::Writer(out)
        .begin_object()
        .field("runId", agent.run_id)
        .field("stream", agent.stream)
        .key("data")
        .raw(agent.data)
        .field("sessionKey", key)
        .field("agentId", sessions::agent_of(agent.session_key))
        .field("seq", agent.seq)
        .field("ts", agent.ts_ms)
        .end_object();
}

}  // namespace

Announcements::Announcements(loop::Loop& loop, const base::Clock& clock,
                             const config::Config& config, store::Store& store, Clients& clients,
                             observe::Presence& presence, observe::Health& health,
                             methods::RunWaiters& run_waiters)
    : clock_(clock),
      config_(config),
      store_(store),
      clients_(clients),
      presence_(presence),
      health_(health),
      run_waiters_(run_waiters),
      tick_timer_(loop, [this] { tick(); }),
      health_timer_(loop, [this] { refresh_health({}); }),
      account_timer_(loop, [this] { refresh_health({}); }),
      presence_timer_(loop, [this] { presence_changed(); }) {}

Announcements::~Announcements() = default;

void Announcements::start(const channels::Channels& channels) {
    channels_ = &channels;
    write_health(0, {});
    refresh_health({});
    tick_timer_.start_repeating(std::chrono::milliseconds(methods::Dialect::kTickIntervalMs));
    health_timer_.start_repeating(kHealthEvery);
}

void Announcements::announce_shutdown(const std::string& reason) {
    Event event;
    event.name = "shutdown";
    event.when_slow = WhenSlow::close;
    json::Writer(event.payload).begin_object().field("reason", reason).end_object();
    json::Writer(event.payload_at_3)
        .begin_object()
        .field("reason", reason)
        .key("restartExpectedMs")
        .null()
        .end_object();
    clients_.broadcast(event);
    is_stopping_ = true;
}

StateVersion Announcements::versions() const {
    return {presence_.version(), health_.version()};
}

void Announcements::tick() {
    if (is_stopping_) return;
    Event event;
    event.name = "tick";
    json::Writer(event.payload).begin_object().field("ts", clock_.wall_ms()).end_object();
    clients_.broadcast(event);
}

void Announcements::presence_changed() {
    if (is_stopping_) return;
    Event event;
    event.name = "presence";
    event.audience = Audience::readers;
    event.payload = R"({"presence":)";
    presence_.append_list(event.payload);
    event.payload += '}';
    event.version = versions();
    clients_.broadcast(event);
}

void Announcements::presence_thinned() {
    if (!is_stopping_ && !presence_timer_.is_running()) presence_timer_.start(kGatherPresence);
}

void Announcements::refresh_health(std::function<void()> done) {
    if (done) health_waiters_.push_back(std::move(done));
    if (is_refreshing_ || is_stopping_) return;
    is_refreshing_ = true;
    using Summary = std::pair<std::int64_t, std::vector<store::Session>>;
    store_.read<Summary>(
        [](store::Database& db) -> Result<Summary> {
            TRY(const std::int64_t count, store::count_sessions(db));
            TRY(auto recent, store::list_sessions(db, 0, kRecentSessions));
            return Summary(count, std::move(recent));
        },
        [this](Result<Summary> summary) {
            is_refreshing_ = false;
            if (summary) {
                std::vector<observe::SessionFacts> recent;
                for (const store::Session& session : summary->second) {
                    recent.push_back({session.key, session.updated_ms});
                }
                write_health(summary->first, std::move(recent));
            } else {
                log::warn("server", "health keeps its old session counts",
                          {{"error", summary.error().message}});
            }
            for (auto& waiter : std::exchange(health_waiters_, {}))
                waiter();
        });
}

void Announcements::write_health(std::int64_t session_count,
                                 std::vector<observe::SessionFacts> recent) {
    observe::HealthFacts facts;
    facts.default_agent = config_.default_agent;
    facts.state_dir = config_.state_dir;
    facts.session_count = session_count;
    facts.recent = std::move(recent);
    for (const channels::AccountStatus& status : channels_->statuses()) {
        if (facts.channels.empty() || facts.channels.back().id != status.channel) {
            facts.channels.push_back(
                {status.channel, std::string(channels::info_of(status.channel).label), {}});
        }
        std::string json;
        json::Writer w(json);
        methods::write_account(w, status);
        facts.channels.back().accounts.push_back({status.account, std::move(json)});
    }
    health_.update(facts);
    if (is_stopping_) return;
    Event event;
    event.name = "health";
    event.when_slow = WhenSlow::close;
    event.payload = health_.json();
    event.version = versions();
    clients_.broadcast(event);
}

void Announcements::on_agent(const agents::AgentEvent& agent) {
    Event event;
    event.name = "agent";
    event.audience = Audience::readers;
    event.when_slow = WhenSlow::close;
    fill_payloads(
        event, agent.session_key, agent.display_key,
        [&agent](std::string& out, const std::string& key) { write_agent(out, agent, key); });
    clients_.broadcast(event);
}

void Announcements::on_chat(const agents::ChatEvent& chat) {
    Event event;
    event.name = "chat";
    event.audience = Audience::readers;
    event.when_slow =
        chat.state == agents::ChatEvent::State::delta ? WhenSlow::drop : WhenSlow::close;
    fill_payloads(
        event, chat.session_key, chat.display_key,
        [&chat](std::string& out, const std::string& key) { write_chat(out, chat, key); });
    clients_.broadcast(event);
}

void Announcements::on_delivery_ended(const store::Delivery& row) {
    if (is_stopping_) return;
    Event event;
    event.name = "delivery";
    event.audience = Audience::readers;
    event.when_slow = WhenSlow::close;
    json::Writer(event.payload)
        .begin_object()
        .field("id", row.id)
        .field("state", store::name(row.state))
        .field("channel", row.channel)
        .field("accountId", row.account)
        .field("to", row.to)
        .field("error", row.error)
        .end_object();
    clients_.broadcast(event);
}

void Announcements::on_run_finished(const agents::RunFinished& run) {
    run_waiters_.on_run_finished(run);
}

void Announcements::on_account_changed(const channels::AccountStatus&) {
    account_changed();
}

// The account's last gap is part of the health summary.
void Announcements::on_gap(const channels::KeptGap& kept) {
    if (is_stopping_) return;
    Event event;
    event.name = "channels.gap";
    event.audience = Audience::readers;
    json::Writer w(event.payload);
    w.begin_object().field("channel", kept.gap.channel).field("accountId", kept.gap.account);
    methods::write_gap_fields(w, kept.gap);
    w.field("sessions", kept.sessions).end_object();
    clients_.broadcast(event);
    account_changed();
}

void Announcements::on_quarantined(const store::QuarantinedSummary& quarantined) {
    if (is_stopping_) return;
    Event event;
    event.name = "channels.quarantined";
    event.audience = Audience::readers;
    json::Writer w(event.payload);
    methods::write_quarantined(w, quarantined);
    clients_.broadcast(event);
}

void Announcements::on_pairing_requested(const store::PairingRequest& request) {
    if (is_stopping_) return;
    Event event;
    event.name = "channel.pair.requested";
    event.audience = Audience::pairers;
    json::Writer w(event.payload);
    methods::write_pairing_request(w, request);
    clients_.broadcast(event);
}

void Announcements::on_pairing_resolved(const std::string& channel, const std::string& account,
                                        const std::string& sender_id,
                                        access::Pairing::Decision decision, std::int64_t now_ms) {
    if (is_stopping_) return;
    Event event;
    event.name = "channel.pair.resolved";
    event.audience = Audience::pairers;
    const bool is_approved = decision == access::Pairing::Decision::approved;
    json::Writer(event.payload)
        .begin_object()
        .field("channel", channel)
        .field("accountId", account)
        .field("senderId", sender_id)
        .field("decision", is_approved ? "approved" : "rejected")
        .field("ts", now_ms)
        .end_object();
    clients_.broadcast(event);
}

void Announcements::account_changed() {
    if (!is_stopping_ && !account_timer_.is_running()) account_timer_.start(kGatherAccounts);
}

}  // namespace gw::server
