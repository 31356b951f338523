// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The way of files between messages and the workers.

#include "gatewayd/channels/channels.h"

namespace gw::channels {

std::size_t Channels::queued(const WorkerId& id) const {
    return supervisor_.queued(id);
}

bool Channels::say(const WorkerId& id, const proto::CoreToWorker& message) {
    return tell(id, supervisor_.status(id).generation, message);
}

void Channels::on_file_lost(const std::string& delivery_id, int attempt, const std::string& why) {
    outbox_.on_failed(delivery_id, attempt, delivery::Failure::permanent, why, {});
}

void Channels::offer_file(const delivery::SendOrder& order, proto::SendMessage& send) {
    if (order.media.id.empty()) return;
    auto& ref = *send.add_media();
    ref.set_media_id(outgoing_.offer({order.channel, order.account}, order.delivery_id,
                                     order.attempt, order.media));
    ref.set_mime_type(order.media.mime_type);
    ref.set_filename(order.media.filename);
    ref.set_size(order.media.size);
}

}  // namespace gw::channels
