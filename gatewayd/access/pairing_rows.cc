// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/access/pairing_rows.h"

#include "gatewayd/access/pairing_code.h"
#include "gatewayd/delivery/outbox.h"

namespace gw::access {

namespace {

constexpr std::int64_t kLifeMs = std::chrono::milliseconds(kPairingLife).count();
// Two of the few that are pending are never the same; this many times in a row is no accident.
constexpr int kCodeTries = 8;

Result<std::string> unused_code(store::Database& db, const std::string& channel) {
    for (int i = 0; i < kCodeTries; ++i) {
        std::string code = new_code();
        TRY(const auto known, store::find_pairing_by_code(db, channel, code));
        if (!known) return code;
    }
    return fail(Errc::unavailable, "no unused pairing code was found");
}

std::string reply_text(const store::PairingRequest& request) {
    return "gatewayd: access not configured.\n\nYour " + request.channel +
           " id: " + request.sender_id + "\n\nPairing code: " + request.code +
           "\n\nAsk the operator to approve it with:\ngatewayctl pairing approve " +
           request.channel + " " + request.code;
}

constexpr char kApprovedText[] = "Access approved. Send a message to start chatting.";

store::Delivery to_sender(const store::PairingRequest& request, std::string text,
                          const std::string& what, std::int64_t now_ms) {
    return delivery::row_of({.channel = request.channel,
                             .account = request.account,
                             .to = request.peer,
                             .text = std::move(text),
                             .session_key = {},
                             .idempotency_key = {},
                             .origin = "pairing:" + what,
                             .thread = request.thread,
                             .content = {.parse_mode = "plain",
                                         .is_document = false,
                                         .is_voice = false,
                                         .poll = std::nullopt}},
                            now_ms);
}

Result<store::PairingRequest> take(store::Database& db, const std::string& channel,
                                   const std::string& typed, std::int64_t now_ms) {
    const std::string code = canonical_code(typed);
    TRY(const auto request, store::find_pairing_by_code(db, channel, code));
    if (!request || request->expires_ms <= now_ms) {
        return fail(Errc::not_found,
                    "no pending pairing request of " + channel + " has the code " + code +
                        ": it may have expired, 60 minutes after it was made; the sender gets "
                        "a new one by writing again");
    }
    TRY_VOID(store::remove_pairing(db, *request));
    return *request;
}

}  // namespace

Result<std::optional<Asked>> ask(store::Database& db, store::PairingRequest wanted) {
    const std::int64_t now_ms = wanted.created_ms;
    TRY_VOID(store::forget_pairing(db, now_ms));
    TRY(const auto pending,
        store::find_pairing(db, wanted.channel, wanted.account, wanted.sender_id));
    if (pending) {
        TRY_VOID(store::touch_pairing(db, *pending, now_ms));
        return std::optional<Asked>();
    }
    // Approved a moment ago, when this message had been judged already.
    TRY(const auto admitted,
        store::find_allowed(db, wanted.channel, wanted.account, wanted.sender_id));
    if (admitted && (admitted->is_mutable || !wanted.is_mutable)) return std::optional<Asked>();
    TRY(const std::int64_t count, store::count_pairing(db, wanted.channel, wanted.account));
    if (count >= kMaxPendingPerAccount) return std::optional<Asked>();
    TRY(wanted.code, unused_code(db, wanted.channel));
    wanted.last_seen_ms = now_ms;
    wanted.expires_ms = now_ms + kLifeMs;
    TRY_VOID(store::insert_pairing(db, wanted));
    store::Delivery reply = to_sender(wanted, reply_text(wanted), "request", now_ms);
    TRY_VOID(store::insert_delivery(db, reply));
    return std::optional<Asked>({std::move(wanted), std::move(reply)});
}

Result<Approved> approve(store::Database& db, const std::string& channel, const std::string& code,
                         std::int64_t now_ms) {
    TRY(const auto request, take(db, channel, code, now_ms));
    if (request.sender_id == "*") {
        return fail(Errc::invalid_input, "\"*\" is everybody and nobody's id");
    }
    Approved approved{.sender = {.channel = request.channel,
                                 .account = request.account,
                                 .sender_id = request.sender_id,
                                 .sender_name = request.sender_name,
                                 .sender_username = request.sender_username,
                                 .is_mutable = request.is_mutable,
                                 .approved_ms = now_ms},
                      .notice = to_sender(request, kApprovedText, "approved", now_ms)};
    TRY_VOID(store::put_allowed(db, approved.sender));
    TRY_VOID(store::insert_delivery(db, approved.notice));
    return approved;
}

Result<store::PairingRequest> reject(store::Database& db, const std::string& channel,
                                     const std::string& code, std::int64_t now_ms) {
    return take(db, channel, code, now_ms);
}

}  // namespace gw::access
