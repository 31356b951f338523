// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/echo/adapter.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "workers/echo/translate.h"

namespace gw::echo {

namespace {

constexpr std::string_view kInject = "inject:";
constexpr std::string_view kWebhookPeer = "webhook";
constexpr std::size_t kMaxTextBytes = 512 * 1024;  // the contract's

// How soon to ask again whether the core knows of an attempt.
constexpr std::chrono::milliseconds kBeginAgain{10};

bool comes_back(const proto::SendMessage& order) {
    return order.to().starts_with(kInject) && order.to().size() > kInject.size();
}

proto::HttpReply reply_with(std::uint32_t status, const std::string& text) {
    proto::HttpReply reply;
    reply.set_status(status);
    reply.set_body(text + "\n");
    return reply;
}

std::string describe(const proto::HttpRequestReceived& request) {
    std::string text = request.method() + ' ' + request.path();
    if (!request.query().empty()) text += '?' + request.query();
    for (const proto::HttpHeader& header : request.headers())
        text += '\n' + header.name() + ": " + header.value();
    return text;
}

}  // namespace

Adapter::Adapter(loop::Loop& loop, workers::Core& core, proto::Capabilities capabilities)
    : loop_(loop),
      core_(core),
      capabilities_(std::move(capabilities)),
      begin_timer_(loop, [this] { begin(); }) {}

Result<void> Adapter::on_configure(const proto::Configure& configure) {
    TRY(settings_, read_settings(configure));
    generation_ = configure.generation();
    cursor_ = configure.cursor();
    if (settings_.port == 0) {
        core_.link_changed(proto::LINK_STATE_CONNECTED, "no network needed", "echo");
        return {};
    }
    network_.reset(new Network(loop_, settings_.host, settings_.port, *this));
    return {};
}

void Adapter::on_shutdown() {
    if (!settings_.faults.ignores_end()) core_.finished();
}

// Outwards

void Adapter::on_send(const proto::SendMessage& order) {
    using What = Faults::Advice::What;
    const Faults::Advice advice = settings_.faults.on_order(order.text());
    switch (advice.what) {
        case What::never_answer: return;
        case What::fail: return core_.send_failed(order, advice.failure, "as asked for", 0);
        case What::wait: begin_timer_.start(std::chrono::milliseconds(advice.number)); break;
        case What::flood: flood_left_ += advice.number; break;
        case What::deliver: break;
    }
    if (!network_ && order.to() == kInject) {
        return core_.send_failed(order, proto::SEND_FAILURE_PERMANENT,
                                 "inject: wants a peer behind it, as in inject:ann", 0);
    }
    if (order.media().empty()) {
        waiting_.push_back(order);
    } else if (network_) {
        return core_.send_failed(order, proto::SEND_FAILURE_PERMANENT,
                                 "the network carries no files", 0);
    } else {
        // Those of an attempt before begin again.
        files_.remove_if(
            [&order](const auto& one) { return one.order().delivery_id() == order.delivery_id(); });
        files_.emplace_back(core_, order);  // and waits once they are here
    }
    if (!begin_timer_.is_running()) begin();
    flood();
}

void Adapter::on_media_chunk(const proto::MediaChunk& chunk) {
    const auto files = std::find_if(files_.begin(), files_.end(),
                                    [&chunk](const auto& one) { return one.wants(chunk); });
    if (files == files_.end()) return;
    if (const auto taken = files->on_chunk(chunk); !taken) {
        core_.send_failed(files->order(), proto::SEND_FAILURE_PERMANENT, taken.error().message, 0);
        files_.erase(files);
        return;
    }
    if (!files->are_fetched()) return;
    waiting_.push_back(files->order());
    if (!begin_timer_.is_running()) begin();
}

void Adapter::begin() {
    while (!waiting_.empty()) {
        if (!begin(waiting_.front())) return begin_timer_.start(kBeginAgain);
        waiting_.pop_front();
    }
}

// False when it is to be asked again.
bool Adapter::begin(const proto::SendMessage& order) {
    if (network_ && !network_->is_connected()) {
        core_.send_failed(order, proto::SEND_FAILURE_TRANSIENT, "not connected", 0);
        return true;
    }
    const auto start = core_.attempt_started(order);
    if (start == workers::Core::Start::go) {
        settings_.faults.on_started(order.text());
        deliver(order);
    }
    return start != workers::Core::Start::wait;
}

void Adapter::deliver(const proto::SendMessage& order) {
    if (network_) {
        sent_[order.delivery_id()] = order;
        const bool takes_ids = capabilities_.client_id_window_ms() > 0;
        return network_->send(order.delivery_id(), takes_ids ? order.client_id() : std::string(),
                              order_json(order));
    }
    core_.send_done(order, "echo-" + order.delivery_id());
    on_delivered(order);
}

void Adapter::on_delivered(const proto::SendMessage& order) {
    if (order.media().empty()) {
        if (comes_back(order)) say_back(order.to().substr(kInject.size()), order.text());
        return;
    }
    const auto files = std::find_if(files_.begin(), files_.end(),
                                    [&order](const auto& one) { return one.is_of(order); });
    if (files == files_.end()) return;
    if (!comes_back(order)) {
        files_.erase(files);
        return;
    }
    files->return_all();
    say_returned();
}

void Adapter::on_media_credit(const proto::MediaCredit& credit) {
    for (EchoedFiles& files : files_)
        files.on_credit(credit);
    say_returned();
}

void Adapter::on_sent(const std::string& ref, const std::string& id) {
    const auto order = sent_.extract(ref);
    if (!order) return;
    settings_.faults.on_taken(order.mapped().text());
    core_.send_done(order.mapped(), id);
}

void Adapter::on_refused(const std::string& ref, proto::SendFailure failure,
                         std::uint32_t retry_after_ms, const std::string& why) {
    const auto order = sent_.extract(ref);
    if (order) core_.send_failed(order.mapped(), failure, why, retry_after_ms);
}

void Adapter::on_look_up(const proto::LookUpSent& question) {
    if (!network_ || !network_->is_connected()) {
        return core_.sent_looked_up(question, proto::LOOK_UP_UNKNOWN, "");
    }
    questions_[question.delivery_id()] = question;
    network_->find(question.delivery_id(), question.client_id(), question.to(), question.text());
}

void Adapter::on_looked_up(const std::string& ref, proto::LookUp outcome, const std::string& id) {
    const auto question = questions_.extract(ref);
    if (question) core_.sent_looked_up(question.mapped(), outcome, id);
}

// Without a network there is nothing that could be wrong with a change, or that shows one.
void Adapter::on_change(const proto::ChangeMessage& change, workers::ChangeId id) {
    if (!network_) return core_.message_changed(id, "", 0);
    if (!network_->is_connected()) return core_.message_changed(id, "not connected", 0);
    const std::string ref = "c" + std::to_string(++last_change_);
    changes_.emplace(ref, id);
    network_->change(ref, change_json(change));
}

void Adapter::on_changed(const std::string& ref, std::uint32_t retry_after_ms,
                         const std::string& why) {
    const auto change = changes_.extract(ref);
    if (change) core_.message_changed(change.mapped(), why, retry_after_ms);
}

void Adapter::on_show_typing(const proto::ShowTyping& typing) {
    if (network_ && network_->is_connected()) network_->show_typing(typing_json(typing));
}

// The connection

void Adapter::on_connected() {
    network_->resume(cursor_);
    core_.link_changed(proto::LINK_STATE_CONNECTED, "connected to " + settings_.host, "echo");
}

void Adapter::on_lost(const std::string& why) {
    core_.link_changed(proto::LINK_STATE_CONNECTING, why + "; trying again", "");
    for (const auto& [id, order] : std::exchange(sent_, {}))
        core_.send_failed(order, proto::SEND_FAILURE_UNCERTAIN, "connection lost: " + why, 0);
    for (const auto& [id, question] : std::exchange(questions_, {}))
        core_.sent_looked_up(question, proto::LOOK_UP_UNKNOWN, "");
    for (const auto& [ref, change] : std::exchange(changes_, {}))
        core_.message_changed(change, "connection lost: " + why, 0);
}

// Inwards

workers::Flow Adapter::on_event(workers::Event event) {
    if (!event.id.empty()) cursors_[event.id] = event.cursor;
    const auto taken = core_.take_event(std::move(event));
    // What was refused comes again behind the cursor when we connect the next time.
    return taken ? *taken : workers::Flow::read_less;
}

std::optional<proto::MessageReceived> Adapter::parse(const workers::Event& event) {
    settings_.faults.on_parse(event.raw);
    auto message = parse_event(event.raw);
    if (!message) {
        if (event.cursor.empty()) cursors_.erase(event.id);  // nothing will come of it
        return std::nullopt;
    }
    if (const auto files = returned_.find(event.id); files != returned_.end())
        message->mutable_media()->Add(files->second.begin(), files->second.end());
    return message;
}

void Adapter::on_accepted(const std::string& event_id) {
    if (const auto posted = posted_.extract(event_id)) {
        return core_.http_reply(posted.mapped(), reply_with(200, "received as " + event_id));
    }
    if (returned_.erase(event_id) > 0) return;
    const auto cursor = cursors_.extract(event_id);
    if (!cursor) return;
    cursor_ = cursor.mapped();
    network_->acknowledge(event_id);
}

void Adapter::on_room() {
    if (network_) network_->read_on();
    flood();
}

void Adapter::say_back(const std::string& peer, const std::string& text) {
    // Refused when thousands are on their way already: an injected message is nobody's to keep.
    static_cast<void>(core_.take_event({.id = "", .cursor = "", .raw = event_json(peer, text)}));
}

// A message may name its files once the core has been given all of them.
void Adapter::say_returned() {
    for (auto files = files_.begin(); files != files_.end();) {
        if (!files->are_returned()) {
            ++files;
            continue;
        }
        const proto::SendMessage& order = files->order();
        const std::string event =
            "files-" + order.delivery_id() + '-' + std::to_string(order.attempt());
        const std::string peer = order.to().substr(kInject.size());
        returned_.emplace(event, files->returned());
        const auto taken =
            core_.take_event({.id = event, .cursor = "", .raw = event_json(peer, order.text())});
        if (!taken) returned_.erase(event);
        files = files_.erase(files);
    }
}

std::optional<proto::HttpReply> Adapter::on_http_request(const proto::HttpRequestReceived& request,
                                                         workers::ReplyId id) {
    // A real provider signs its requests, and this is where the signature would be verified.
    if (request.method() == "GET") return reply_with(200, describe(request));
    if (request.method() == "POST") return take_post(request.body(), id);
    return reply_with(405, "GET or POST");
}

// A provider that is told 200 forgets the message, so it is told only once the core has it.
std::optional<proto::HttpReply> Adapter::take_post(const std::string& text, workers::ReplyId id) {
    if (text.size() > kMaxTextBytes) return reply_with(413, "too long for a message");
    if (text.empty() || !base::is_utf8(text)) return reply_with(400, "a text in UTF-8 is wanted");
    const std::string event =
        "post-" + std::to_string(generation_) + '-' + std::to_string(++last_post_);
    const auto taken =
        core_.take_event({.id = event, .cursor = "", .raw = event_json(kWebhookPeer, text)});
    if (!taken) return reply_with(503, "too many messages wait");
    posted_.emplace(event, id);
    return std::nullopt;
}

void Adapter::flood() {
    while (flood_left_ > 0) {
        const std::string raw =
            R"({"from":"flood","text":")" + std::to_string(flood_left_) + R"("})";
        const auto taken = core_.take_event({.id = "", .cursor = "", .raw = raw});
        if (!taken) return;
        --flood_left_;
        if (*taken == workers::Flow::read_less) return;
    }
}

}  // namespace gw::echo
