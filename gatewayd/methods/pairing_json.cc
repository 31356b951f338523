// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/methods/pairing_json.h"

namespace gw::methods {

namespace {

// Who it is, for both kinds of rows.
void write_sender_fields(json::Writer& w, const auto& row) {
    w.field("channel", row.channel)
        .field("accountId", row.account)
        .field("senderId", row.sender_id);
    if (!row.sender_name.empty()) w.field("senderName", row.sender_name);
    if (!row.sender_username.empty()) w.field("senderUsername", row.sender_username);
    w.field("canBeTakenOver", row.is_mutable);
}

}  // namespace

void write_pairing_request(json::Writer& w, const store::PairingRequest& request) {
    w.begin_object();
    write_sender_fields(w, request);
    w.field("code", request.code)
        .field("createdAt", request.created_ms)
        .field("lastSeenAt", request.last_seen_ms)
        .field("expiresAt", request.expires_ms)
        .end_object();
}

void write_allowed_sender(json::Writer& w, const store::AllowedSender& sender) {
    w.begin_object();
    write_sender_fields(w, sender);
    w.field("approvedAt", sender.approved_ms).end_object();
}

}  // namespace gw::methods
