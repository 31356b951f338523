// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/agents/rows.h"

#include "base/ids.h"
#include "gatewayd/sessions/keys.h"
#include "gatewayd/sessions/transcript.h"
#include "store/idempotency.h"
#include "store/inbound.h"
#include "store/sessions.h"

namespace gw::agents {

namespace {

// A session that a channel made keeps the channel's route: only a new one is a webchat.
Result<void> touch(store::Database& db, const std::string& key, std::int64_t now_ms) {
    TRY(const auto existing, store::find_session(db, key));
    const bool is_group = sessions::kind_of(key, {}) == sessions::Kind::group;
    store::Session session;
    session.key = key;
    session.session_id = base::new_uuid();
    session.created_ms = now_ms;
    session.updated_ms = now_ms;
    if (!existing) {
        session.chat_type = is_group ? "group" : "direct";
        session.channel = "webchat";
        session.last_channel = "webchat";
    }
    TRY_VOID(store::touch_session(db, session));
    return {};
}

}  // namespace

std::string idempotency_key(const std::string& run_id) {
    return "chat:" + run_id;
}

Result<ClaimedRun> claim_turn(store::Database& db, const UserTurn& turn, bool has_room) {
    using State = ClaimedRun::State;
    if (!has_room) {
        TRY(const auto known, store::find_key(db, idempotency_key(turn.run_id)));
        if (!known) return ClaimedRun{.state = State::refused, .ok = false, .summary = {}};
    }
    store::IdempotencyRecord wanted;
    wanted.key = idempotency_key(turn.run_id);
    wanted.reference = turn.run_id;
    wanted.created_ms = turn.now_ms;
    TRY(const auto claim, store::claim_key(db, wanted));
    if (!claim.is_new) {
        if (claim.record.state == store::IdempotencyRecord::State::pending) return ClaimedRun{};
        return ClaimedRun{
            .state = State::finished, .ok = claim.record.ok, .summary = claim.record.error_message};
    }
    TRY_VOID(touch(db, turn.session_key, turn.now_ms));
    TRY_VOID(
        store::append_transcript(db, {.id = 0,
                                      .session_key = turn.session_key,
                                      .message = sessions::user_message(turn.text, turn.now_ms),
                                      .created_ms = turn.now_ms}));
    return ClaimedRun{};
}

Result<void> append_answer(store::Database& db, const Answer& answer) {
    TRY_VOID(touch(db, answer.session_key, answer.now_ms));
    TRY_VOID(store::append_transcript(
        db, {.id = 0,
             .session_key = answer.session_key,
             .message =
                 sessions::assistant_message(answer.text, sessions::kBuiltinAuthor, answer.now_ms),
             .created_ms = answer.now_ms}));
    return {};
}

Result<void> leave_unanswered(store::Database& db, std::int64_t inbound_id,
                              const std::string& session_key, const std::string& why,
                              std::int64_t now_ms) {
    TRY_VOID(store::append_transcript(
        db, {.id = 0,
             .session_key = session_key,
             .message = sessions::notice_message("[not answered: " + why + "]", now_ms),
             .created_ms = now_ms}));
    return store::mark_done(db, inbound_id);
}

Result<void> inject_line(store::Database& db, const Injection& injection) {
    TRY(const auto existing, store::find_session(db, injection.session_key));
    if (!existing) return fail(Errc::not_found, "session not found");
    TRY_VOID(touch(db, injection.session_key, injection.now_ms));
    TRY_VOID(store::append_transcript(db, {.id = 0,
                                           .session_key = injection.session_key,
                                           .message = injection.message,
                                           .created_ms = injection.now_ms}));
    return {};
}

Result<void> finish_turn(store::Database& db, const std::string& run_id, bool ok,
                         const std::string& summary) {
    store::IdempotencyRecord answer;
    answer.key = idempotency_key(run_id);
    answer.state = store::IdempotencyRecord::State::done;
    answer.ok = ok;
    answer.error_message = summary;
    answer.reference = run_id;
    return store::complete_key(db, answer);
}

}  // namespace gw::agents
