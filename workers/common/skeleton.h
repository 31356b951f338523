#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Skeleton: a worker's process but for its adapter. Speaks the contract with the core: keeps the
// phases, passes on to the adapter what the core asks and to the core what the adapter says. Ends
// by stopping the loop it runs on.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/fd.h"
#include "ipc/calls.h"
#include "ipc/link.h"
#include "ipc/phases.h"
#include "loop/loop.h"
#include "workers/common/adapter.h"
#include "workers/common/core.h"
#include "workers/common/inbound.h"

namespace gw::workers {

using MakeAdapter = std::function<std::unique_ptr<Adapter>(loop::Loop&, Core&)>;

class Skeleton final : public Core, private ipc::CoreLink::Events, private Inbound::Host {
  public:
    // Says Hello on the socket, the worker's end of the link.
    Skeleton(loop::Loop& loop, const base::Clock& clock, base::Fd socket, std::string_view name,
             const MakeAdapter& make);

    // 0: stopped as asked, or the core went away. Known when the loop has stopped.
    [[nodiscard]] int exit_code() const { return exit_code_; }

    void link_changed(proto::LinkState state, const std::string& detail,
                      const std::string& self_id) override;
    Result<Flow> take_event(Event event) override;
    [[nodiscard]] bool is_caught_up() const override { return inbound_.is_caught_up(); }
    void progress_made() override;
    void gap_noticed(std::int64_t from_ms, std::int64_t to_ms, const std::string& reason) override;
    Start attempt_started(const proto::SendMessage& order) override;
    void send_done(const proto::SendMessage& order, const std::string& id) override;
    void send_failed(const proto::SendMessage& order, proto::SendFailure failure,
                     const std::string& reason, std::uint32_t retry_after_ms) override;
    void sent_looked_up(const proto::LookUpSent& question, proto::LookUp outcome,
                        const std::string& provider_message_id) override;
    Result<ipc::Call> state_put(const std::vector<proto::StateEntry>& entries,
                                StateStored done) override;
    Result<ipc::Call> state_get(const std::string& prefix, const std::string& after,
                                std::uint32_t limit, StateValues done) override;
    void message_changed(ChangeId change, const std::string& error,
                         std::uint32_t retry_after_ms) override;
    void http_reply(ReplyId request, proto::HttpReply reply) override;
    void media_chunk(const std::string& media_id, std::string_view data, bool is_last) override;
    void media_credit(const std::string& media_id, std::uint32_t bytes) override;
    void finished() override { end_when_drained(); }

  private:
    void on_message(proto::CoreToWorker& message) override;
    void on_link_closed(const Error& reason) override;
    std::optional<proto::MessageReceived> parse(const Event& event) override;
    [[nodiscard]] bool is_drained() const override;
    void on_accepted(const std::string& event_id) override;
    void on_room() override;
    void on_configure(const proto::Configure& settings);
    void on_look_up(std::uint64_t id, const proto::LookUpSent& question);
    void on_change(const proto::ChangeMessage& change, ChangeId id);
    void on_show_typing(const proto::ShowTyping& where);
    void on_ping(std::uint64_t id);
    void expect(bool is_expected);
    void on_http_request(const proto::HttpRequestReceived& request, ReplyId id);
    void shut_down();
    void end_when_drained();
    void say(const proto::WorkerToCore& message) override;
    void break_off(std::string_view what, const Error& why);

    loop::Loop& loop_;
    const base::Clock& clock_;
    std::string name_;
    loop::Signals signals_;  // before the link: whoever has read our Hello may signal us
    std::unique_ptr<ipc::CoreLink> link_;
    ipc::Phase phase_ = ipc::Phase::hello;
    Inbound inbound_;
    ipc::Calls<proto::StateStored> puts_;
    ipc::Calls<proto::StateValues> gets_;
    proto::Capabilities capabilities_;
    std::map<std::string, std::uint64_t> look_ups_;  // envelope ids of questions by delivery id
    // Delivery and attempt of each AttemptStarted without an answer yet. The attempt belongs to it:
    // a second one that the core has not heard of would be taken for not begun, and repeated.
    std::set<std::pair<std::string, std::uint32_t>> announced_;
    loop::Timer end_timer_;
    bool is_stopping_ = false;
    int exit_code_ = 0;
    std::unique_ptr<Adapter> adapter_;
};

}  // namespace gw::workers
