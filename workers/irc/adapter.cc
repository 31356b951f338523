// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/adapter.h"

#include "base/log.h"
#include "workers/irc/tags.h"

namespace gw::irc {

namespace {

// How much more than was missed a gap may claim when the worker is killed.
constexpr std::chrono::seconds kNoteEvery{60};

}  // namespace

Adapter::Adapter(loop::Loop& loop, workers::Core& core)
    : loop_(loop),
      core_(core),
      last_heard_(loop, clock_, core),
      note_timer_(loop, [this] { last_heard_.note(client_->complete_until_ms()); }) {}

proto::Capabilities Adapter::capabilities() const {
    proto::Capabilities capabilities;
    // Twice as long as it takes the client to notice.
    constexpr std::chrono::milliseconds kPromise = 2 * Client::kAliveEvery;
    capabilities.set_progress_interval_ms(kPromise.count());
    return capabilities;
}

Result<void> Adapter::on_configure(const proto::Configure& configure) {
    TRY(Settings settings, read_settings(configure));
    std::unique_ptr<net::TlsContext> tls;
    if (settings.tls) {
        auto created = net::TlsContext::create(*settings.tls);
        if (!created) {
            return fail(created.error().code, "channels.irc.tls." + created.error().message);
        }
        tls = std::move(*created);
    }
    client_ = std::make_unique<Client>(loop_, clock_, std::move(settings), std::move(tls),
                                       static_cast<Client::Events&>(*this));
    last_heard_.recall(configure.cursor(), [this](std::int64_t heard_ms) {
        client_->start(heard_ms);
        note_timer_.start_repeating(kNoteEvery);
    });
    return {};
}

void Adapter::on_send(const proto::SendMessage& order) {
    if (!client_) {
        return core_.send_failed(order, proto::SEND_FAILURE_TRANSIENT, "not configured", 0);
    }
    // Markup would arrive as it is written.
    if (!order.parse_mode().empty() && order.parse_mode() != "plain") {
        return core_.send_failed(order, proto::SEND_FAILURE_PERMANENT,
                                 "IRC knows no " + order.parse_mode(), 0);
    }
    orders_[order.delivery_id()] = order;
    client_->send(order.delivery_id(), order.to(), order.text(), order.reply_to());
}

void Adapter::on_shutdown() {
    if (!client_) return core_.finished();
    note_timer_.stop();
    last_heard_.note(client_->complete_until_ms());
    client_->stop([this] { core_.finished(); });
}

void Adapter::on_link(proto::LinkState state, const std::string& detail, const std::string& self) {
    core_.link_changed(state, detail, self);
}

void Adapter::on_alive() {
    core_.progress_made();
}

workers::Flow Adapter::on_said(std::string_view line) {
    // Without ids a server never says a thing twice. Where it has them, they come again with its
    // history.
    const auto parsed = parse_line(line);
    const auto id = parsed ? find_id_tag(parsed->tags, "msgid") : std::nullopt;
    const auto taken =
        core_.take_event({.id = id ? "msgid:" + *id : "",
                          .cursor = workers::LastHeard::cursor(client_->complete_until_ms()),
                          .raw = std::string(line)});
    if (taken) return *taken;
    log::error("irc", "message lost", {{"error", taken.error().message}});
    const std::int64_t now_ms = clock_.wall_ms();
    core_.gap_noticed(now_ms, now_ms, taken.error().message);
    return workers::Flow::read_less;
}

std::optional<proto::MessageReceived> Adapter::parse(const workers::Event& event) {
    const auto said = client_->find_message(event.raw);
    if (!said) return std::nullopt;
    proto::MessageReceived message;
    message.set_peer(said->peer);
    message.set_chat_type(said->is_channel ? proto::CHAT_TYPE_CHANNEL : proto::CHAT_TYPE_DIRECT);
    message.set_sender_id(said->sender);
    message.set_sender_name(said->nick);
    message.set_sender_is_mutable(!said->is_account);
    message.set_text(said->text);
    message.set_was_mentioned(said->is_addressed || !said->is_channel);
    message.set_is_notice(said->is_notice);
    message.set_provider_ms(said->said_ms.value_or(clock_.wall_ms()));
    message.set_provider_message_id(said->id);
    message.set_reply_to(said->reply_to);
    return message;
}

void Adapter::on_room() {
    client_->read_on();
}

void Adapter::on_gap(std::int64_t from_ms, std::int64_t to_ms, const std::string& why) {
    core_.gap_noticed(from_ms, to_ms, why);
}

workers::Core::Start Adapter::may_begin(const std::string& delivery) {
    const auto start = core_.attempt_started(orders_.at(delivery));
    if (start == workers::Core::Start::too_late) orders_.erase(delivery);
    return start;
}

void Adapter::on_delivered(const std::string& delivery, const std::string& message_id) {
    core_.send_done(orders_.at(delivery), message_id.empty() ? delivery : message_id);
    orders_.erase(delivery);
}

void Adapter::on_refused(const std::string& delivery, proto::SendFailure failure,
                         const std::string& why, std::uint32_t retry_after_ms) {
    constexpr std::uint32_t kRetryAfterMs = 2000;
    if (failure == proto::SEND_FAILURE_TRANSIENT && retry_after_ms == 0) {
        retry_after_ms = kRetryAfterMs;
    }
    core_.send_failed(orders_.at(delivery), failure, why, retry_after_ms);
    orders_.erase(delivery);
}

}  // namespace gw::irc
