// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/inbox_rows.h"

#include <chrono>

#include "base/ids.h"
#include "gatewayd/channels/context.h"
#include "gatewayd/media/incoming.h"
#include "gatewayd/sessions/transcript.h"
#include "store/event_crashes.h"
#include "store/sessions.h"

namespace gw::channels {

namespace {

constexpr int kMaxGapSessions = 1000;
// A conversation that nobody used for so long misses nothing.
constexpr std::int64_t kActiveMs = std::chrono::milliseconds(std::chrono::days(30)).count();

// What every arrival has: its place behind the one before, and the cursor.
Result<void> advance(store::Database& db, const Arrival& arrival) {
    TRY_VOID(check_predecessor(db, arrival.channel, arrival.account, arrival.predecessor));
    if (arrival.cursor.empty()) return {};
    return store::put_cursor(db, arrival.channel, arrival.account, arrival.cursor);
}

std::string gap_line(const store::Gap& gap) {
    const std::string from = date_and_time(gap.from_ms);
    std::string to = date_and_time(gap.to_ms);
    if (to.starts_with(from.substr(0, 11))) to = to.substr(11);
    std::string line = "[gap: messages between " + from + " and " + to + " UTC may be missing";
    if (!gap.reason.empty()) line += ": " + gap.reason;
    return line + "]";
}

}  // namespace

Result<KeptMessage> keep_message(store::Database& db, const Arrival& arrival,
                                 const Judged& message) {
    TRY_VOID(advance(db, arrival));
    TRY(const auto known,
        store::find_inbound(db, arrival.channel, arrival.account, arrival.event_id));
    KeptMessage kept;
    kept.step = next(known ? stage_of(known->state) : Stage::unknown,
                     message.is_admitted ? Happening::admitted : Happening::refused);
    TRY_VOID(store::forget_crashes(db, arrival.channel, arrival.account, arrival.event_id));
    if (!kept.step.inserts) return kept;
    store::Inbound inserted = message.row;
    TRY(inserted.id, store::insert_inbound(db, inserted));
    kept.id = inserted.id;
    if (kept.step.routes) {
        TRY_VOID(
            media::Incoming::keep(db, message.files.directory, inserted.id, message.files.all));
        TRY_VOID(route(db, inserted, message.max_heard));
    }
    if (message.pairing) {
        TRY(kept.asked, access::ask(db, *message.pairing));
    }
    if (kept.step.ends) TRY_VOID(store::mark_done(db, inserted.id));
    return kept;
}

Result<void> keep_passed(store::Database& db, const Arrival& arrival) {
    TRY_VOID(advance(db, arrival));
    return store::forget_crashes(db, arrival.channel, arrival.account, arrival.event_id);
}

Result<std::optional<std::int64_t>> keep_skipped(store::Database& db, const Arrival& arrival,
                                                 const store::Quarantined& event) {
    TRY_VOID(advance(db, arrival));
    TRY_VOID(store::forget_crashes(db, arrival.channel, arrival.account, arrival.event_id));
    return store::put_quarantine(db, event);
}

Result<std::vector<LeftBehind>> list_left_behind(store::Database& db) {
    TRY(auto rows, store::unfinished_inbound(db));
    std::vector<LeftBehind> left;
    left.reserve(rows.size());
    for (store::Inbound& row : rows) {
        const Step step = next(stage_of(row.state), Happening::left_behind);
        left.push_back({std::move(row), step});
    }
    return left;
}

Result<void> route(store::Database& db, const store::Inbound& row, int max_heard) {
    const bool is_direct = row.chat_type == "direct";
    TRY_VOID(store::touch_session(
        db, {.key = row.session_key,
             .session_id = base::new_uuid(),
             .chat_type = row.chat_type,
             .channel = row.channel,
             .display_name = is_direct ? std::string() : row.channel + ":" + row.peer,
             .last_channel = row.channel,
             .last_account = row.account,
             .last_to = row.peer,
             .created_ms = row.received_ms,
             .updated_ms = row.received_ms}));
    TRY(const auto waiting, store::take_context(db, row.session_key, max_heard, kMaxHappenings));
    TRY_VOID(store::append_transcript(
        db,
        {.id = 0,
         .session_key = row.session_key,
         .message = sessions::user_message(with_context(waiting, line_of(row)), row.received_ms),
         .created_ms = row.received_ms}));
    return store::mark_routed(db, row.id, row.session_key);
}

Result<std::optional<KeptGap>> keep_gap(store::Database& db, const store::Gap& gap,
                                        const Predecessor& predecessor) {
    TRY_VOID(check_predecessor(db, gap.channel, gap.account, predecessor));
    TRY(const auto joined, store::record_gap(db, gap));
    if (!joined) return std::optional<KeptGap>();
    TRY(const auto keys, store::list_session_keys_of(db, joined->channel, joined->account,
                                                     joined->from_ms - kActiveMs, kMaxGapSessions));
    const std::string message = sessions::notice_message(gap_line(*joined), joined->noticed_ms);
    for (const std::string& key : keys) {
        TRY_VOID(store::append_transcript(
            db,
            {.id = 0, .session_key = key, .message = message, .created_ms = joined->noticed_ms}));
    }
    return KeptGap{*joined, static_cast<std::int64_t>(keys.size())};
}

}  // namespace gw::channels
