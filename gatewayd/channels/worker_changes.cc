// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What networks can do besides carrying messages: changes of what was sent, polls, typing.

#include <utility>

#include "gatewayd/channels/channels.h"

namespace gw::channels {

namespace {

std::string_view verb_of(Change::Kind kind) {
    switch (kind) {
        case Change::Kind::edit: return "edit";
        case Change::Kind::react: return "react to";
        case Change::Kind::remove: return "delete";
    }
    return "change";
}

bool can(const supervisor::WorkerCapabilities& network, Change::Kind kind) {
    switch (kind) {
        case Change::Kind::edit: return network.can_edit;
        case Change::Kind::react: return network.can_react;
        case Change::Kind::remove: return network.can_delete;
    }
    return false;
}

proto::ChangeMessage to_proto(const Target& target, const Change& change) {
    proto::ChangeMessage message;
    message.set_to(target.to);
    message.set_message_id(change.message_id);
    switch (change.kind) {
        case Change::Kind::edit:
            message.set_text(change.text);
            message.set_parse_mode(change.parse_mode);
            break;
        case Change::Kind::react: message.set_reaction(change.text); break;
        case Change::Kind::remove: message.set_deletion(true); break;
    }
    return message;
}

std::unexpected<Error> not_connected_yet(const Target& target) {
    return fail(Errc::unavailable, target.channel + " (account " + target.account +
                                       ") has not been connected yet: what its network can do is "
                                       "not known");
}

}  // namespace

void Channels::change(const Target& target, const Change& change, Changes::Done done) {
    const WorkerId id{target.channel, target.account};
    const auto network = supervisor_.find_capabilities(id);
    if (!network) return done(not_connected_yet(target));
    if (!can(*network, change.kind)) {
        return done(fail(Errc::invalid_input, target.channel + " cannot " +
                                                  std::string(verb_of(change.kind)) + " messages"));
    }
    changes_.ask(id, to_proto(target, change), std::move(done));
}

Result<std::size_t> Channels::find_poll_limit(const Target& target) const {
    const auto network = supervisor_.find_capabilities({target.channel, target.account});
    if (!network) return not_connected_yet(target);
    if (network->max_poll_options == 0) {
        return fail(Errc::invalid_input, "unsupported poll channel: " + target.channel);
    }
    return network->max_poll_options;
}

void Channels::show_typing(const Conversation& where) {
    const WorkerId id{where.channel, where.account};
    const auto network = supervisor_.find_capabilities(id);
    if (!network || !network->can_show_typing || !may_send(id.channel, id.account)) return;
    proto::CoreToWorker message;
    message.mutable_show_typing()->set_to(where.peer);
    message.mutable_show_typing()->set_thread(where.thread);
    // Nobody waits for it: a worker that is going shows nothing any more.
    static_cast<void>(supervisor_.send(id, message));
}

}  // namespace gw::channels
