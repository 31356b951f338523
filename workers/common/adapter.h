#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Adapter: what a worker is made of. One method for each thing the core may ask; the skeleton calls
// them on the loop, only in the phase that permits them.

#include <optional>
#include <string>

#include "base/result.h"
#include "proto/core_to_worker.pb.h"
#include "proto/worker_to_core.pb.h"
#include "workers/common/core.h"
#include "workers/common/event.h"

namespace gw::workers {

class Adapter {
  public:
    virtual ~Adapter() = default;

    // What the network can do, whatever the settings are. Asked once, before everything else.
    [[nodiscard]] virtual proto::Capabilities capabilities() const { return {}; }

    // Once. An error means that the configuration is wrong: the account is reported blocked
    // with its message.
    virtual Result<void> on_configure(const proto::Configure& settings) = 0;

    // Deliver one message; answered through Core exactly once.
    virtual void on_send(const proto::SendMessage& order) = 0;

    // Did the message arrive? Answered through Core exactly once, within 30 seconds. Asked only of
    // adapters whose capabilities say so.
    virtual void on_look_up(const proto::LookUpSent&) {}

    // What an event that was given to Core::take_event says, but for its id and its cursor; nothing
    // when it says nothing to anybody: it is accepted all the same if it has a cursor. May come
    // long after take_event, or never. Whatever is in raw is foreign, and a crash in here is what
    // cautious starts find out about.
    virtual std::optional<proto::MessageReceived> parse(const Event& event) = 0;

    // The event is durable: it may be acknowledged to the provider.
    virtual void on_accepted(const std::string&) {}

    // After Flow::read_less: read on.
    virtual void on_room() {}

    // Somebody asked for the account's webhook path. Who it was is for the worker to find out, by
    // the provider's signature. An answer, or nothing: then Core::http_reply answers later.
    virtual std::optional<proto::HttpReply> on_http_request(const proto::HttpRequestReceived&,
                                                            ReplyId) {
        proto::HttpReply reply;
        reply.set_status(404);
        return reply;
    }

    // A piece of a file that a MediaDownload asked for, and credit for a MediaUpload. A worker
    // whose network carries no files never asks and never sends, and has no use for either.
    virtual void on_media_chunk(const proto::MediaChunk&) {}
    virtual void on_media_credit(const proto::MediaCredit&) {}

    // Change a message; answered through Core exactly once, within 30 seconds. Asked only for
    // changes that the capabilities name.
    virtual void on_change(const proto::ChangeMessage&, ChangeId) {}

    // Somebody is about to answer. Asked only of adapters whose capabilities say so.
    virtual void on_show_typing(const proto::ShowTyping&) {}

    // Disconnect in an orderly way, then call Core::finished().
    virtual void on_shutdown() = 0;
};

}  // namespace gw::workers
