// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/commit_order.h"

#include "store/gaps.h"
#include "store/inbound.h"
#include "store/quarantine.h"

namespace gw::channels {

namespace {

Result<bool> is_kept(store::Database& db, const std::string& channel, const std::string& account,
                     const Predecessor& what) {
    if (const auto* span = std::get_if<KeptSpan>(&what)) {
        return store::is_gap_known(db, channel, account, span->from_ms, span->to_ms);
    }
    const auto* event = std::get_if<KeptEvent>(&what);
    if (event == nullptr) return true;
    TRY(const auto known, store::find_inbound(db, channel, account, event->event_id));
    if (known) return true;
    return store::is_quarantined(db, channel, account, event->event_id);
}

}  // namespace

Result<void> check_predecessor(store::Database& db, const std::string& channel,
                               const std::string& account, const Predecessor& predecessor) {
    TRY(const bool is_there, is_kept(db, channel, account, predecessor));
    if (!is_there) return fail(Errc::unavailable, "what was said before it could not be kept");
    return {};
}

Predecessor CommitOrder::last(const std::string& channel, const std::string& account) const {
    const auto it = pipelines_.find({channel, account});
    return it == pipelines_.end() ? Predecessor() : it->second.last;
}

std::size_t CommitOrder::committing(const std::string& channel, const std::string& account) const {
    const auto it = pipelines_.find({channel, account});
    return it == pipelines_.end() ? 0 : it->second.committing;
}

Predecessor CommitOrder::enter(const std::string& channel, const std::string& account,
                               Predecessor what) {
    Pipeline& pipeline = pipelines_[{channel, account}];
    ++pipeline.committing;
    return std::exchange(pipeline.last, std::move(what));
}

void CommitOrder::leave(const std::string& channel, const std::string& account,
                        const Predecessor& what) {
    const auto it = pipelines_.find({channel, account});
    if (--it->second.committing == 0) {
        pipelines_.erase(it);
    } else if (it->second.last == what) {
        it->second.last = {};
    }
}

}  // namespace gw::channels
