#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The echo channel's answers to the core. See README.md for what is said back and when.

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loop/loop.h"
#include "workers/common/adapter.h"
#include "workers/common/core.h"
#include "workers/echo/echoed_files.h"
#include "workers/echo/network.h"
#include "workers/echo/settings.h"

namespace gw::echo {

class Adapter final : public workers::Adapter, private Network::Events {
  public:
    Adapter(loop::Loop& loop, workers::Core& core, proto::Capabilities capabilities);

    [[nodiscard]] proto::Capabilities capabilities() const override { return capabilities_; }
    Result<void> on_configure(const proto::Configure& settings) override;
    void on_send(const proto::SendMessage& order) override;
    void on_look_up(const proto::LookUpSent& question) override;
    std::optional<proto::MessageReceived> parse(const workers::Event& event) override;
    void on_accepted(const std::string& event_id) override;
    void on_room() override;
    std::optional<proto::HttpReply> on_http_request(const proto::HttpRequestReceived& request,
                                                    workers::ReplyId id) override;
    void on_media_chunk(const proto::MediaChunk& chunk) override;
    void on_media_credit(const proto::MediaCredit& credit) override;
    void on_change(const proto::ChangeMessage& change, workers::ChangeId id) override;
    void on_show_typing(const proto::ShowTyping& typing) override;
    void on_shutdown() override;

  private:
    void on_connected() override;
    void on_lost(const std::string& why) override;
    workers::Flow on_event(workers::Event event) override;
    void on_sent(const std::string& ref, const std::string& id) override;
    void on_refused(const std::string& ref, proto::SendFailure failure,
                    std::uint32_t retry_after_ms, const std::string& why) override;
    void on_looked_up(const std::string& ref, proto::LookUp outcome,
                      const std::string& id) override;
    void on_changed(const std::string& ref, std::uint32_t retry_after_ms,
                    const std::string& why) override;

    // Begins what waits, as far as the core knows of it.
    void begin();
    bool begin(const proto::SendMessage& order);
    void deliver(const proto::SendMessage& order);
    void on_delivered(const proto::SendMessage& order);
    void say_returned();
    void say_back(const std::string& peer, const std::string& text);
    std::optional<proto::HttpReply> take_post(const std::string& text, workers::ReplyId id);
    void flood();

    loop::Loop& loop_;
    workers::Core& core_;
    proto::Capabilities capabilities_;
    Settings settings_;
    std::unique_ptr<Network> network_;            // where there is one
    std::string cursor_;                          // everything up to here is durable
    std::map<std::string, std::string> cursors_;  // of events that are not accepted yet, by id
    std::deque<proto::SendMessage> waiting_;
    std::list<EchoedFiles> files_;  // of orders under way
    // What came back, by the event that names it, until that is accepted.
    std::map<std::string, std::vector<proto::MediaRef>> returned_;
    std::map<std::string, proto::SendMessage> sent_;      // not answered yet, by delivery id
    std::map<std::string, proto::LookUpSent> questions_;  // the same
    std::map<std::string, workers::ChangeId> changes_;    // the same, by a number of ours
    std::uint64_t last_change_ = 0;
    std::uint64_t generation_ = 0;
    std::uint64_t last_post_ = 0;
    std::map<std::string, workers::ReplyId> posted_;  // by event: answered once it is durable
    std::uint32_t flood_left_ = 0;
    loop::Timer begin_timer_;
};

}  // namespace gw::echo
