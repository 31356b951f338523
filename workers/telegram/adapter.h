#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The Telegram channel's answers to the core: passes orders to the deliveries, changes to the Bot
// API, and updates, polled for or posted to us, through the intake.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "loop/loop.h"
#include "workers/common/adapter.h"
#include "workers/common/core.h"
#include "workers/telegram/api.h"
#include "workers/telegram/deliveries.h"
#include "workers/telegram/intake.h"
#include "workers/telegram/login.h"
#include "workers/telegram/own_messages.h"
#include "workers/telegram/polling.h"
#include "workers/telegram/settings.h"
#include "workers/telegram/webhook.h"

namespace gw::telegram {

class Adapter final : public workers::Adapter,
                      private Login::Events,
                      private Polling::Events,
                      private Deliveries::Events {
  public:
    Adapter(loop::Loop& loop, workers::Core& core);

    [[nodiscard]] proto::Capabilities capabilities() const override;
    Result<void> on_configure(const proto::Configure& configure) override;
    void on_send(const proto::SendMessage& order) override;
    std::optional<proto::MessageReceived> parse(const workers::Event& event) override;
    void on_accepted(const std::string& event_id) override;
    void on_room() override;
    std::optional<proto::HttpReply> on_http_request(const proto::HttpRequestReceived& request,
                                                    workers::ReplyId id) override;
    void on_media_chunk(const proto::MediaChunk& chunk) override;
    void on_media_credit(const proto::MediaCredit& credit) override;
    void on_change(const proto::ChangeMessage& change, workers::ChangeId id) override;
    void on_show_typing(const proto::ShowTyping& where) override;
    void on_shutdown() override;

  private:
    void on_logged_in(const Self& self) override;
    void on_login_trouble(const std::string& what) override;
    void on_login_refused(const std::string& what) override;
    void on_checked() override;

    Result<workers::Flow> on_update(std::int64_t id, std::string raw) override;
    [[nodiscard]] std::int64_t first_unaccepted() const override;
    void on_numbered_anew(std::int64_t id) override;
    void on_polled() override;
    void on_poll_trouble(const std::string& what) override;
    void on_poll_refused(const std::string& what) override;

    void on_said(const std::string& chat, const std::string& message_id) override;
    void on_revoked(const ApiError& why) override;

    void set_connected();
    void set_trouble(const std::string& what);
    void set_blocked(const std::string& what);
    std::optional<proto::MessageReceived> read(const workers::Event& event);
    [[nodiscard]] bool is_wanted(const proto::MessageReceived& message) const;
    // A call whose end interests nobody else; kept until it ends, a bounded number of them.
    void call_aside(Order order, Api::Done done);

    loop::Loop& loop_;
    workers::Core& core_;
    Settings settings_;
    std::string cursor_;  // where those before us stopped
    bool is_connected_ = false;
    OwnMessages own_;
    std::unique_ptr<Api> api_;
    std::unique_ptr<Intake> intake_;
    std::unique_ptr<Webhook> webhook_;  // where there is one
    std::unique_ptr<Login> login_;
    std::unique_ptr<Polling> polling_;
    std::unique_ptr<Deliveries> deliveries_;
    std::map<std::uint64_t, Api::Call> aside_;
    std::uint64_t last_aside_ = 0;
    loop::Timer end_timer_;
};

}  // namespace gw::telegram
