// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/delivery/rows.h"

#include "base/ids.h"
#include "gatewayd/sessions/keys.h"
#include "gatewayd/sessions/transcript.h"
#include "store/idempotency.h"
#include "store/sessions.h"

namespace gw::delivery {

namespace {

// What operators sent by themselves belongs into the conversation it went to, at the second try as
// at the first; an agent's reply was written there with the run, and has another origin.
bool is_mirrored(const store::Delivery& row) {
    const bool is_operators = row.origin == "send" || row.origin.starts_with(kRetryOrigin);
    return is_operators && row.state == store::DeliveryState::sent && !row.session_key.empty();
}

// What the transcript shows of it; clients of the reference know files by their names.
std::string mirrored_text(const store::Delivery& row) {
    if (row.media.id.empty()) return row.text;
    return row.media.filename.empty() ? "media" : row.media.filename;
}

Result<void> mirror(store::Database& db, const store::Delivery& row, std::int64_t now_ms) {
    const bool is_group = sessions::kind_of(row.session_key, {}) == sessions::Kind::group;
    TRY_VOID(store::touch_session(db, {.key = row.session_key,
                                       .session_id = base::new_uuid(),
                                       .chat_type = is_group ? "group" : "direct",
                                       .channel = row.channel,
                                       .display_name = {},
                                       .last_channel = row.channel,
                                       .last_account = row.account,
                                       .last_to = row.to,
                                       .created_ms = now_ms,
                                       .updated_ms = now_ms}));
    TRY_VOID(store::append_transcript(db, {.id = 0,
                                           .session_key = row.session_key,
                                           .message = sessions::assistant_message(
                                               mirrored_text(row), sessions::kMirrorAuthor, now_ms),
                                           .created_ms = now_ms}));
    return {};
}

}  // namespace

Result<AcceptedRow> accept_row(store::Database& db, const store::Delivery& row,
                               const std::function<Result<void>(store::Database&)>& alongside) {
    if (!row.idempotency_key.empty()) {
        store::IdempotencyRecord wanted;
        wanted.key = row.idempotency_key;
        wanted.reference = row.id;
        wanted.created_ms = row.created_ms;
        TRY(const auto claim, store::claim_key(db, wanted));
        if (!claim.is_new) {
            TRY(auto held, store::find_delivery(db, claim.record.reference));
            if (!held) return fail(Errc::corrupt, "an idempotency key names no delivery");
            return AcceptedRow{.is_new = false, .row = std::move(*held)};
        }
    }
    if (alongside) TRY_VOID(alongside(db));
    TRY_VOID(store::insert_delivery(db, row));
    return AcceptedRow{.is_new = true, .row = {}};
}

Result<void> finish_row(store::Database& db, const store::Delivery& row, std::int64_t now_ms) {
    TRY_VOID(
        store::finish_delivery(db, row.id, row.state, row.provider_message_id, row.error, now_ms));
    if (!row.idempotency_key.empty()) {
        store::IdempotencyRecord answer;
        answer.key = row.idempotency_key;
        answer.state = store::IdempotencyRecord::State::done;
        answer.ok = row.state == store::DeliveryState::sent;
        answer.error_message = row.error;
        answer.reference = row.id;
        answer.created_ms = row.created_ms;
        TRY_VOID(store::complete_key(db, answer));
    }
    if (is_mirrored(row)) TRY_VOID(mirror(db, row, now_ms));
    return {};
}

}  // namespace gw::delivery
