// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/adapter.h"

#include <set>
#include <utility>

#include "workers/telegram/requests.h"
#include "workers/telegram/translate.h"

namespace gw::telegram {

namespace {

// Twice the longest poll, with some to spare.
constexpr std::chrono::milliseconds kPromise{120'000};
// What every Bot API server takes; those of 2025 and later take two more.
constexpr std::uint32_t kMaxPollOptions = 10;
// Changes, signs of typing and answers to buttons that are under way.
constexpr std::size_t kMaxAside = 128;
// The core waits three seconds for us to end.
constexpr std::chrono::milliseconds kEndAfter{2500};

}  // namespace

Adapter::Adapter(loop::Loop& loop, workers::Core& core)
    : loop_(loop), core_(core), end_timer_(loop, [this] { core_.finished(); }) {}

proto::Capabilities Adapter::capabilities() const {
    proto::Capabilities capabilities;
    capabilities.set_progress_interval_ms(static_cast<std::uint32_t>(kPromise.count()));
    capabilities.set_max_poll_options(kMaxPollOptions);
    capabilities.set_can_edit(true);
    capabilities.set_can_react(true);
    capabilities.set_can_delete(true);
    capabilities.set_can_show_typing(true);
    return capabilities;
}

Result<void> Adapter::on_configure(const proto::Configure& configure) {
    TRY(settings_, read_settings(configure));
    TRY(api_, Api::create(loop_, settings_));
    cursor_ = configure.cursor();
    intake_ = std::make_unique<Intake>(loop_, core_, *api_, settings_);
    intake_->set_skipped({configure.skip().begin(), configure.skip().end()});
    // Not make_unique: that one may not see our private bases.
    login_.reset(new Login(loop_, *api_, settings_, *this));
    deliveries_.reset(new Deliveries(loop_, core_, *api_, settings_, *this));
    if (settings_.webhook_url.empty()) {
        polling_.reset(new Polling(loop_, *api_, settings_, *this));
        intake_->on_room = [this] { polling_->go_on(); };
    } else {
        webhook_ = std::make_unique<Webhook>(core_, *intake_, settings_.webhook_secret);
    }
    set_trouble("asking Telegram who we are");
    login_->start();
    return {};
}

void Adapter::on_shutdown() {
    if (!api_) return core_.finished();
    login_->stop();
    if (polling_) polling_->stop();
    end_timer_.start(kEndAfter);
    deliveries_->stop([this] { core_.finished(); });
}

// The account's state

void Adapter::set_connected() {
    core_.progress_made();
    if (std::exchange(is_connected_, true)) return;
    const Self& self = login_->self();
    core_.link_changed(
        proto::LINK_STATE_CONNECTED,
        (self.username.empty() ? "bot " + std::to_string(self.id) : '@' + self.username) +
            (webhook_ ? ", by webhook" : ", polling"),
        std::to_string(self.id));
}

void Adapter::set_trouble(const std::string& what) {
    is_connected_ = false;
    core_.link_changed(proto::LINK_STATE_CONNECTING, what, "");
}

void Adapter::set_blocked(const std::string& what) {
    is_connected_ = false;
    login_->stop();
    if (polling_) polling_->stop();
    core_.link_changed(proto::LINK_STATE_BLOCKED, what, "");
}

void Adapter::on_logged_in(const Self& self) {
    intake_->set_bot(self.id);
    set_connected();
    if (polling_) return polling_->start(intake_->next_by(cursor_));
    login_->keep_checking();
}

void Adapter::on_login_trouble(const std::string& what) {
    set_trouble("cannot reach Telegram: " + what + "; trying again");
}

void Adapter::on_login_refused(const std::string& what) {
    set_blocked(what);
}

void Adapter::on_checked() {
    set_connected();
}

void Adapter::on_polled() {
    set_connected();
}

void Adapter::on_poll_trouble(const std::string& what) {
    set_trouble(what + "; trying again");
}

void Adapter::on_poll_refused(const std::string& what) {
    set_blocked(what);
}

void Adapter::on_revoked(const ApiError& why) {
    set_blocked(token_refused(why));
}

// Inwards

Result<workers::Flow> Adapter::on_update(std::int64_t id, std::string raw) {
    return intake_->take(id, std::move(raw));
}

std::int64_t Adapter::first_unaccepted() const {
    return intake_->first_unaccepted();
}

void Adapter::on_numbered_anew(std::int64_t id) {
    intake_->begin_at(id);
}

std::optional<proto::HttpReply> Adapter::on_http_request(const proto::HttpRequestReceived& request,
                                                         workers::ReplyId id) {
    // Whom an update means cannot be told before we know who we are; Telegram asks again.
    if (webhook_ && !intake_->knows_bot()) {
        proto::HttpReply reply;
        reply.set_status(503);
        return reply;
    }
    if (webhook_) return webhook_->on_request(request, id);
    return workers::Adapter::on_http_request(request, id);
}

std::optional<proto::MessageReceived> Adapter::parse(const workers::Event& event) {
    auto message = read(event);
    // Without a cursor the core is told nothing, and so has nothing to accept.
    if (!message && event.cursor.empty()) on_accepted(event.id);
    return message;
}

std::optional<proto::MessageReceived> Adapter::read(const workers::Event& event) {
    json::Parser parser;
    const auto update = parser.parse(event.raw);
    if (!update) return std::nullopt;
    const std::string query = callback_query_of(*update);
    if (!query.empty()) {
        // Else the button shows for a while that it waits.
        call_aside({.method = "answerCallbackQuery", .params = {{"callback_query_id", query}}},
                   [](const auto&) {});
    }
    auto message = translate(*update, login_->self());
    if (!message || !is_wanted(*message)) return std::nullopt;
    const Intake::Attached attached = intake_->attached_to(event.id);
    if (attached.file) *message->add_media() = *attached.file;
    if (!attached.note.empty()) {
        message->set_text(message->text().empty() ? attached.note
                                                  : attached.note + '\n' + message->text());
    }
    return message;
}

bool Adapter::is_wanted(const proto::MessageReceived& message) const {
    if (message.kind() != proto::EVENT_KIND_REACTION_ADDED) return true;
    if (settings_.reactions == ReactionsOf::own) {
        return own_.contains(message.peer(), message.reply_to());
    }
    return settings_.reactions == ReactionsOf::all;
}

void Adapter::on_accepted(const std::string& event_id) {
    intake_->on_accepted(event_id);
    if (webhook_) webhook_->on_accepted(event_id);
    if (polling_ && intake_->first_unaccepted() == 0) polling_->go_on();
}

void Adapter::on_room() {
    if (intake_->make_room() && polling_) polling_->go_on();
}

void Adapter::on_media_credit(const proto::MediaCredit& credit) {
    intake_->on_media_credit(credit);
}

// Outwards

void Adapter::on_send(const proto::SendMessage& order) {
    if (!deliveries_) {
        return core_.send_failed(order, proto::SEND_FAILURE_TRANSIENT, "not configured", 0);
    }
    deliveries_->take(order);
}

void Adapter::on_media_chunk(const proto::MediaChunk& chunk) {
    if (deliveries_) deliveries_->on_media_chunk(chunk);
}

void Adapter::on_said(const std::string& chat, const std::string& message_id) {
    own_.add(chat, message_id);
}

void Adapter::on_change(const proto::ChangeMessage& change, workers::ChangeId id) {
    auto order = make_change(change);
    if (!order) return core_.message_changed(id, order.error().message, 0);
    if (!api_ || aside_.size() >= kMaxAside) {
        return core_.message_changed(id, "too much is under way: try again", 1000);
    }
    call_aside(*std::move(order), [this, id](const ApiOutcome& outcome) {
        if (outcome || outcome.error().says("message is not modified")) {
            return core_.message_changed(id, "", 0);
        }
        const auto after =
            std::chrono::duration_cast<std::chrono::milliseconds>(outcome.error().retry_after);
        core_.message_changed(id, outcome.error().text, static_cast<std::uint32_t>(after.count()));
    });
}

void Adapter::on_show_typing(const proto::ShowTyping& where) {
    if (!api_) return;
    // Nobody waits for it, and the next one comes in a few seconds.
    if (auto order = make_typing(where)) call_aside(*std::move(order), [](const auto&) {});
}

void Adapter::call_aside(Order order, Api::Done done) {
    if (aside_.size() >= kMaxAside) return;
    const std::uint64_t number = ++last_aside_;
    aside_[number] = api_->call(std::move(order),
                                [this, number, done = std::move(done)](const ApiOutcome& outcome) {
                                    const auto over = aside_.extract(number);
                                    done(outcome);
                                });
}

}  // namespace gw::telegram
