#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Core: the gateway as a worker sees it. What a worker may say, as calls; each becomes one frame on
// the link. Lives in the worker's process, outlives the adapter.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ipc/calls.h"
#include "proto/core_to_worker.pb.h"
#include "proto/types.pb.h"
#include "proto/worker_to_core.pb.h"
#include "workers/common/event.h"

namespace gw::workers {

// Names an HTTP request that waits for its answer.
enum class ReplyId : std::uint64_t {};

// Names a change of a message that waits for its answer.
enum class ChangeId : std::uint64_t {};

class Core {
  public:
    virtual ~Core() = default;

    // How the account is connected to its network. blocked ends all trying: a human is needed, and
    // detail says what to do.
    virtual void link_changed(proto::LinkState state, const std::string& detail,
                              const std::string& self_id) = 0;

    // Something came in; the one door for it. It is parsed by Adapter::parse, now or in its turn,
    // and on_accepted follows once it is durable. An event that is under way already is taken as
    // that one. Refused, and lost unless the network repeats it: Errc::limit_exceeded when the
    // adapter did not read less, Errc::invalid_input when the id is longer than 512 bytes.
    virtual Result<Flow> take_event(Event event) = 0;

    // Whether the core has been told of every event that was taken.
    [[nodiscard]] virtual bool is_caught_up() const = 0;

    // The network answered: a poll returned, a heartbeat was acknowledged.
    virtual void progress_made() = 0;

    // The network may have carried messages that nobody can repeat.
    virtual void gap_noticed(std::int64_t from_ms, std::int64_t to_ms,
                             const std::string& reason) = 0;

    // Right before the first byte of a delivery leaves; may be asked again, and must be when time
    // has passed in between.
    enum class Start {
        go,        // send it
        wait,      // the core reads so slowly that it has not been told yet: ask again
        too_late,  // nobody waits for it any more: it was answered, forget it
    };
    [[nodiscard]] virtual Start attempt_started(const proto::SendMessage& order) = 0;
    virtual void send_done(const proto::SendMessage& order,
                           const std::string& provider_message_id) = 0;
    virtual void send_failed(const proto::SendMessage& order, proto::SendFailure failure,
                             const std::string& reason, std::uint32_t retry_after_ms) = 0;

    virtual void sent_looked_up(const proto::LookUpSent& question, proto::LookUp outcome,
                                const std::string& provider_message_id) = 0;

    // The account's durable state, kept by the core. Each done is called once, unless its Call is
    // dropped before. Errc::timed_out after 10 seconds: nobody knows whether it was kept.
    //
    // Keeps all entries or none; an empty value deletes. Refused at once, with Errc::invalid_input,
    // when one is out of bounds (ipc/limits.h) or all together do not fit a frame, and with
    // Errc::limit_exceeded when too many calls wait.
    using StateStored = std::function<void(Result<proto::StateStored>)>;
    [[nodiscard]] virtual Result<ipc::Call> state_put(const std::vector<proto::StateEntry>& entries,
                                                      StateStored done) = 0;
    // Entries whose keys begin with prefix and come behind after, at most limit (1 to 256).
    using StateValues = std::function<void(Result<proto::StateValues>)>;
    [[nodiscard]] virtual Result<ipc::Call> state_get(const std::string& prefix,
                                                      const std::string& after, std::uint32_t limit,
                                                      StateValues done) = 0;

    // Answers on_change. error says why nothing was changed; empty: it was.
    virtual void message_changed(ChangeId change, const std::string& error,
                                 std::uint32_t retry_after_ms) = 0;

    // Answers a request that on_http_request did not answer itself, once, within 10 seconds.
    virtual void http_reply(ReplyId request, proto::HttpReply reply) = 0;

    // The two ends of a file's way, as media.h uses them. A piece of a file towards the core, or
    // what the worker takes more of a file from the core.
    virtual void media_chunk(const std::string& media_id, std::string_view data, bool is_last) = 0;
    virtual void media_credit(const std::string& media_id, std::uint32_t bytes) = 0;

    // The worker has finished what on_shutdown asked for.
    virtual void finished() = 0;
};

}  // namespace gw::workers
