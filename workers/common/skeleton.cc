// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/skeleton.h"

#include <csignal>

#include "base/check.h"
#include "base/log.h"
#include "ipc/limits.h"

namespace gw::workers {

namespace {

// The core counts them too.
// Together as many as the core takes.
constexpr std::size_t kMaxStateCalls = ipc::kMaxStateCalls / 2;
constexpr std::chrono::milliseconds kEndAgain{5};
constexpr std::chrono::seconds kStatePatience{10};

Result<void> check(const std::vector<proto::StateEntry>& entries) {
    if (entries.empty() || entries.size() > ipc::kMaxStatePutEntries) {
        return fail(Errc::invalid_input, "a put of state has 1 to 64 entries");
    }
    for (const proto::StateEntry& entry : entries) {
        if (entry.key().empty() || entry.key().size() > ipc::kMaxStateKeyBytes) {
            return fail(Errc::invalid_input, "a key of state has 1 to 256 bytes");
        }
        if (entry.value().size() > ipc::kMaxStateValueBytes) {
            return fail(Errc::invalid_input, "a value of state has at most 256 KiB");
        }
    }
    return {};
}

}  // namespace

Skeleton::Skeleton(loop::Loop& loop, const base::Clock& clock, base::Fd socket,
                   std::string_view name, const MakeAdapter& make)
    : loop_(loop),
      clock_(clock),
      name_(name),
      signals_(loop, {SIGTERM}, [this](int) { shut_down(); }),
      // Not make_unique: that one may not see our private base.
      link_(new ipc::CoreLink(loop, std::move(socket), *this)),
      inbound_(loop, *this),
      puts_(loop, kMaxStateCalls),
      gets_(loop, kMaxStateCalls),
      end_timer_(loop, [this] { end_when_drained(); }),
      adapter_(make(loop, *this)) {
    capabilities_ = adapter_->capabilities();
    proto::WorkerToCore message;
    auto& hello = *message.mutable_hello();
    hello.set_protocol(ipc::kProtocol);
    hello.set_build_id(std::string(ipc::build_id()));
    *hello.mutable_capabilities() = capabilities_;
    say(message);
    phase_ = ipc::Phase::configure;
}

void Skeleton::link_changed(proto::LinkState state, const std::string& detail,
                            const std::string& self_id) {
    proto::WorkerToCore message;
    auto& changed = *message.mutable_link_changed();
    changed.set_state(state);
    changed.set_detail(detail);
    changed.set_self_id(self_id);
    say(message);
}

Result<Flow> Skeleton::take_event(Event event) {
    return inbound_.take(std::move(event));
}

std::optional<proto::MessageReceived> Skeleton::parse(const Event& event) {
    return adapter_->parse(event);
}

bool Skeleton::is_drained() const {
    return link_->queued() == 0;
}

void Skeleton::on_accepted(const std::string& event_id) {
    adapter_->on_accepted(event_id);
}

void Skeleton::on_room() {
    adapter_->on_room();
}

void Skeleton::progress_made() {
    proto::WorkerToCore message;
    message.mutable_progress_made();
    say(message);
}

void Skeleton::gap_noticed(std::int64_t from_ms, std::int64_t to_ms, const std::string& reason) {
    proto::WorkerToCore message;
    auto& gap = *message.mutable_gap_noticed();
    gap.set_from_ms(from_ms);
    gap.set_to_ms(to_ms);
    gap.set_reason(reason);
    say(message);
}

Core::Start Skeleton::attempt_started(const proto::SendMessage& order) {
    if (order.begin_before_ms() != 0 && clock_.wall_ms() >= order.begin_before_ms()) {
        send_failed(order, proto::SEND_FAILURE_TRANSIENT, "it waited too long in the worker", 0);
        return Start::too_late;
    }
    if (announced_.emplace(order.delivery_id(), order.attempt()).second) {
        proto::WorkerToCore message;
        message.mutable_attempt_started()->set_delivery_id(order.delivery_id());
        message.mutable_attempt_started()->set_attempt(order.attempt());
        say(message);
    }
    // The kernel has all of it: even if we die now, the core will read it.
    return is_drained() ? Start::go : Start::wait;
}

void Skeleton::send_done(const proto::SendMessage& order, const std::string& id) {
    announced_.erase({order.delivery_id(), order.attempt()});
    proto::WorkerToCore message;
    auto& done = *message.mutable_send_done();
    done.set_delivery_id(order.delivery_id());
    done.set_attempt(order.attempt());
    done.set_provider_message_id(id);
    say(message);
}

void Skeleton::send_failed(const proto::SendMessage& order, proto::SendFailure failure,
                           const std::string& reason, std::uint32_t retry_after_ms) {
    announced_.erase({order.delivery_id(), order.attempt()});
    proto::WorkerToCore message;
    auto& failed = *message.mutable_send_failed();
    failed.set_delivery_id(order.delivery_id());
    failed.set_attempt(order.attempt());
    failed.set_failure(failure);
    failed.set_reason(reason);
    failed.set_retry_after_ms(retry_after_ms);
    say(message);
}

void Skeleton::sent_looked_up(const proto::LookUpSent& question, proto::LookUp outcome,
                              const std::string& provider_message_id) {
    const auto asked = look_ups_.extract(question.delivery_id());
    GW_ASSERT(asked, "a question is answered once");
    proto::WorkerToCore message;
    message.set_id(asked.mapped());
    auto& looked_up = *message.mutable_sent_looked_up();
    looked_up.set_delivery_id(question.delivery_id());
    looked_up.set_outcome(outcome);
    looked_up.set_provider_message_id(provider_message_id);
    say(message);
}

Result<ipc::Call> Skeleton::state_put(const std::vector<proto::StateEntry>& entries,
                                      StateStored done) {
    TRY_VOID(check(entries));
    proto::WorkerToCore message;
    auto& put = *message.mutable_state_put();
    put.mutable_entries()->Add(entries.begin(), entries.end());
    message.set_id(UINT64_MAX);  // none is longer
    if (message.ByteSizeLong() > ipc::kMaxFrameBytes) {
        return fail(Errc::invalid_input, "a put of state does not fit a frame");
    }
    TRY(ipc::Call call, puts_.open(kStatePatience, std::move(done)));
    message.set_id(call.id());
    say(message);
    return call;
}

Result<ipc::Call> Skeleton::state_get(const std::string& prefix, const std::string& after,
                                      std::uint32_t limit, StateValues done) {
    if (limit == 0 || limit > ipc::kMaxStatePageEntries) {
        return fail(Errc::invalid_input, "a page of state has 1 to 256 entries");
    }
    TRY(ipc::Call call, gets_.open(kStatePatience, std::move(done)));
    proto::WorkerToCore message;
    message.set_id(call.id());
    auto& get = *message.mutable_state_get();
    get.set_prefix(prefix);
    get.set_after(after);
    get.set_limit(limit);
    say(message);
    return call;
}

void Skeleton::shut_down() {
    if (is_stopping_) return;
    is_stopping_ = true;
    adapter_->on_shutdown();
}

// What it says last tells the core how its sends ended. The core's patience bounds this.
void Skeleton::end_when_drained() {
    if (link_->queued() == 0) return loop_.stop();
    end_timer_.start(kEndAgain);
}

void Skeleton::say(const proto::WorkerToCore& message) {
    const auto sent = link_->send(message);
    // A core that does not read is as good as gone.
    if (!sent) break_off("cannot talk to the core", sent.error());
}

// The core is gone, which is an end like any other, or the link broke. Said once: whatever
// follows in this turn of the loop fails for the same reason.
void Skeleton::break_off(std::string_view what, const Error& why) {
    if (why.code != Errc::closed && exit_code_ == 0) {
        log::error(name_, what, {{"error", why.message}});
        exit_code_ = 1;
    }
    loop_.stop();
}

void Skeleton::on_message(proto::CoreToWorker& message) {
    using proto::CoreToWorker;
    if (!ipc::permitted(phase_, message.body_case())) {
        return link_->cut("message not permitted now");
    }
    switch (message.body_case()) {
        case CoreToWorker::kConfigure: return on_configure(message.configure());
        case CoreToWorker::kAccepted: return expect(inbound_.accept(message.accepted().event_id()));
        case CoreToWorker::kSendMessage: return adapter_->on_send(message.send_message());
        case CoreToWorker::kPing: return on_ping(message.id());
        case CoreToWorker::kMediaChunk: return adapter_->on_media_chunk(message.media_chunk());
        case CoreToWorker::kMediaCredit: return adapter_->on_media_credit(message.media_credit());
        case CoreToWorker::kHttpRequestReceived:
            return on_http_request(message.http_request_received(), ReplyId(message.id()));
        case CoreToWorker::kShutdown: return shut_down();
        case CoreToWorker::kLookUpSent: return on_look_up(message.id(), message.look_up_sent());
        case CoreToWorker::kChangeMessage:
            return on_change(message.change_message(), ChangeId(message.id()));
        case CoreToWorker::kShowTyping: return on_show_typing(message.show_typing());
        case CoreToWorker::kStateStored:
            return expect(puts_.answer(message.id(), message.state_stored()));
        case CoreToWorker::kStateValues:
            return expect(gets_.answer(message.id(), std::move(*message.mutable_state_values())));
        case CoreToWorker::BODY_NOT_SET: return link_->cut("empty envelope");
    }
}

void Skeleton::on_configure(const proto::Configure& settings) {
    proto::WorkerToCore ready;
    ready.mutable_ready();
    say(ready);
    phase_ = ipc::Phase::open;
    inbound_.configure(settings);
    if (const auto configured = adapter_->on_configure(settings); !configured) {
        link_changed(proto::LINK_STATE_BLOCKED, configured.error().message, "");
    }
}

void Skeleton::on_look_up(std::uint64_t id, const proto::LookUpSent& question) {
    if (!capabilities_.can_look_up() || !look_ups_.emplace(question.delivery_id(), id).second) {
        return expect(false);
    }
    adapter_->on_look_up(question);
}

// An answer to what was never asked, or a question that nobody may ask.
void Skeleton::expect(bool is_expected) {
    if (!is_expected) link_->cut("nobody asked");
}

void Skeleton::on_change(const proto::ChangeMessage& change, ChangeId id) {
    using proto::ChangeMessage;
    const bool is_able =
        (change.change_case() == ChangeMessage::kText && capabilities_.can_edit()) ||
        (change.change_case() == ChangeMessage::kReaction && capabilities_.can_react()) ||
        (change.change_case() == ChangeMessage::kDeletion && capabilities_.can_delete());
    if (!is_able) return expect(false);
    adapter_->on_change(change, id);
}

void Skeleton::on_show_typing(const proto::ShowTyping& where) {
    if (!capabilities_.can_show_typing()) return expect(false);
    adapter_->on_show_typing(where);
}

void Skeleton::message_changed(ChangeId change, const std::string& error,
                               std::uint32_t retry_after_ms) {
    proto::WorkerToCore message;
    message.set_id(static_cast<std::uint64_t>(change));
    message.mutable_message_changed()->set_error(error);
    message.mutable_message_changed()->set_retry_after_ms(retry_after_ms);
    say(message);
}

void Skeleton::http_reply(ReplyId request, proto::HttpReply reply) {
    proto::WorkerToCore message;
    message.set_id(static_cast<std::uint64_t>(request));
    *message.mutable_http_reply() = std::move(reply);
    say(message);
}

void Skeleton::media_chunk(const std::string& media_id, std::string_view data, bool is_last) {
    proto::WorkerToCore message;
    auto& chunk = *message.mutable_media_chunk();
    chunk.set_media_id(media_id);
    chunk.set_data(data.data(), data.size());
    chunk.set_is_last(is_last);
    say(message);
}

void Skeleton::media_credit(const std::string& media_id, std::uint32_t bytes) {
    proto::WorkerToCore message;
    message.mutable_media_credit()->set_media_id(media_id);
    message.mutable_media_credit()->set_bytes(bytes);
    say(message);
}

void Skeleton::on_http_request(const proto::HttpRequestReceived& request, ReplyId id) {
    if (auto reply = adapter_->on_http_request(request, id)) http_reply(id, std::move(*reply));
}

void Skeleton::on_ping(std::uint64_t id) {
    proto::WorkerToCore message;
    message.set_id(id);
    message.mutable_pong();
    say(message);
}

void Skeleton::on_link_closed(const Error& reason) {
    break_off("link to the core broken", reason);
}

}  // namespace gw::workers
