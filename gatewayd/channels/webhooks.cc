// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/webhooks.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "gatewayd/channels/webhook_reply.h"
#include "ipc/limits.h"

namespace gw::channels {

namespace {

net::HttpAnswer refusal(int status, std::string_view why, std::string_view retry_after = {}) {
    net::HttpAnswer answer{status, "text/plain; charset=utf-8", std::string(why)};
    if (!retry_after.empty()) answer.headers.push_back({"Retry-After", std::string(retry_after)});
    return answer;
}

net::HttpAnswer too_many() {
    return refusal(429, "too many requests wait", "1");
}

net::HttpAnswer not_ready() {
    return refusal(503, "the channel is not ready, try again", "5");
}

proto::HttpRequestReceived to_message(const net::HttpRequest& request) {
    proto::HttpRequestReceived message;
    message.set_method(request.method);
    message.set_path(request.path);
    message.set_query(request.query);
    for (const net::HttpHeader& header : request.headers) {
        proto::HttpHeader& copy = *message.add_headers();
        copy.set_name(header.name);
        copy.set_value(header.value);
    }
    return message;
}

}  // namespace

// One request: on_begin → on_body → on_reply | on_deadline | on_worker_gone → finish.
class Webhook final : public net::HttpOwner {
  public:
    Webhook(Webhooks& all, std::uint64_t serial, supervisor::WorkerId account,
            proto::HttpRequestReceived request)
        : all_(all),
          serial_(serial),
          account_(std::move(account)),
          request_(std::move(request)),
          deadline_(all.loop(), [this] { on_deadline(); }) {}
    ~Webhook() override { all_.forget(serial_); }

    [[nodiscard]] const supervisor::WorkerId& account() const { return account_; }
    // The worker has it.
    [[nodiscard]] bool is_asked() const { return is_asked_; }

    [[nodiscard]] std::size_t max_body() const override { return ipc::kMaxHttpBodyBytes; }

    void on_begin(net::HttpExchange& exchange) override { exchange_ = &exchange; }
    void on_body(std::string body) override {
        Webhooks::Workers& workers = all_.workers();
        if (all_.count_waiting(account_) >= Webhooks::kMaxWaiting) return finish(too_many());
        if (workers.queued(account_) > Webhooks::kMaxQueued) return finish(too_many());
        request_.set_body(std::move(body));
        proto::CoreToWorker message;
        message.set_id(serial_);
        *message.mutable_http_request_received() = std::move(request_);
        if (!workers.send(account_, message)) return finish(not_ready());
        is_asked_ = true;
        deadline_.start(Webhooks::kReplyDeadline);
    }
    // Others want to be read.
    void on_too_slow() {
        if (exchange_ != nullptr) finish(refusal(408, "too slow, and others wait"));
    }
    void on_reply(const net::HttpAnswer& answer) { finish(answer); }
    void on_worker_gone() { finish(refusal(502, "the channel ended before it answered")); }

  private:
    void on_deadline() { finish(refusal(504, "the channel did not answer in time")); }

    void finish(const net::HttpAnswer& answer) {
        deadline_.stop();
        all_.forget(serial_);
        std::exchange(exchange_, nullptr)->answer(answer);
    }

    Webhooks& all_;
    std::uint64_t serial_;
    supervisor::WorkerId account_;
    proto::HttpRequestReceived request_;     // until its body is there
    net::HttpExchange* exchange_ = nullptr;  // until it was answered
    bool is_asked_ = false;
    loop::Timer deadline_;
};

Webhooks::Webhooks(loop::Loop& loop, const std::vector<config::Account>& accounts, Workers& workers)
    : loop_(loop), workers_(workers) {
    for (const config::Account& account : accounts) {
        if (!account.enabled || account.webhook_path.empty()) continue;
        accounts_.emplace(account.webhook_path, WorkerId{account.channel, account.account});
    }
}

std::optional<net::HttpDecision> Webhooks::take(const net::HttpRequest& request) {
    const auto found = accounts_.find(request.path);
    if (found == accounts_.end()) return std::nullopt;
    const WorkerId& id = found->second;
    if (!workers_.is_ready(id)) return not_ready();
    if (count_waiting(id) >= kMaxWaiting) return too_many();
    if (count(id, false) >= kMaxWaiting) end_oldest_body(id);
    auto webhook = std::make_unique<Webhook>(*this, ++last_request_, id, to_message(request));
    open_.emplace(last_request_, webhook.get());
    return net::HttpDecision(std::move(webhook));
}

Result<void> Webhooks::on_reply(const WorkerId& id, std::uint64_t request,
                                const proto::HttpReply& reply) {
    auto answer = to_answer(reply);
    const auto found = open_.find(request);
    const bool is_known = found != open_.end();
    const bool is_theirs =
        is_known ? found->second->account() == id && found->second->is_asked() : request != 0;
    if (!is_theirs || request > last_request_) {
        return fail(Errc::invalid_input, "an HttpReply that nobody asked for");
    }
    if (!answer) return std::unexpected(answer.error());
    if (is_known) found->second->on_reply(*answer);
    return {};
}

void Webhooks::on_worker_gone(const WorkerId& id) {
    std::vector<Webhook*> asked;
    for (const auto& [serial, webhook] : open_) {
        if (webhook->account() == id && webhook->is_asked()) asked.push_back(webhook);
    }
    for (Webhook* webhook : asked)
        webhook->on_worker_gone();
}

std::size_t Webhooks::count(const WorkerId& id, bool is_asked) const {
    return static_cast<std::size_t>(
        std::count_if(open_.begin(), open_.end(), [&id, is_asked](const auto& one) {
            return one.second->account() == id && one.second->is_asked() == is_asked;
        }));
}

void Webhooks::end_oldest_body(const WorkerId& id) {
    const auto oldest = std::find_if(open_.begin(), open_.end(), [&id](const auto& one) {
        return one.second->account() == id && !one.second->is_asked();
    });
    if (oldest != open_.end()) oldest->second->on_too_slow();
}

}  // namespace gw::channels
