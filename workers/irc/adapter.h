#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The IRC channel's answers to the core: passes orders to the client and what the client sees back.

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "loop/loop.h"
#include "workers/common/adapter.h"
#include "workers/common/core.h"
#include "workers/common/last_heard.h"
#include "workers/irc/client.h"

namespace gw::irc {

class Adapter final : public workers::Adapter, private Client::Events {
  public:
    Adapter(loop::Loop& loop, workers::Core& core);

    [[nodiscard]] proto::Capabilities capabilities() const override;
    Result<void> on_configure(const proto::Configure& settings) override;
    void on_send(const proto::SendMessage& order) override;
    std::optional<proto::MessageReceived> parse(const workers::Event& event) override;
    void on_room() override;
    void on_shutdown() override;

  private:
    void on_link(proto::LinkState state, const std::string& detail,
                 const std::string& self) override;
    void on_alive() override;
    workers::Flow on_said(std::string_view line) override;
    void on_gap(std::int64_t from_ms, std::int64_t to_ms, const std::string& why) override;
    workers::Core::Start may_begin(const std::string& delivery) override;
    void on_delivered(const std::string& delivery, const std::string& message_id) override;
    void on_refused(const std::string& delivery, proto::SendFailure failure, const std::string& why,
                    std::uint32_t retry_after_ms) override;

    loop::Loop& loop_;
    workers::Core& core_;
    base::SystemClock clock_;
    workers::LastHeard last_heard_;
    loop::Timer note_timer_;
    std::unique_ptr<Client> client_;
    std::map<std::string, proto::SendMessage> orders_;  // by delivery id
};

}  // namespace gw::irc
