// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The way of files between messages and the workers.

#include "gatewayd/channels/channels.h"

namespace gw::channels {

std::size_t Channels::queued(const WorkerId& id) const {
    return supervisor_.queued(id);
}

void Channels::offer_file(const delivery::SendOrder& order, proto::SendMessage& send) {
    if (order.media.id.empty()) return;
    auto& ref = *send.add_media();
    ref.set_media_id(order.media.id);
    ref.set_mime_type(order.media.mime_type);
    ref.set_filename(order.media.filename);
    ref.set_size(order.media.size);
    outgoing_.offer({order.channel, order.account}, order.delivery_id, order.media);
}

}  // namespace gw::channels
