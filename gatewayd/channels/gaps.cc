// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/gaps.h"

#include <utility>

#include "base/log.h"
#include "base/utf8.h"

namespace gw::channels {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxReasonBytes = 1024;
}  // namespace

Result<store::Gap> gap_of(const supervisor::WorkerId& id, const proto::GapNoticed& notice,
                          std::int64_t now_ms) {
    if (notice.from_ms() < 0 || notice.to_ms() < 0) {
        return fail(Errc::invalid_input, "a gap that cannot be");
    }
    // The worker may remember when it last heard by a clock that was set back since: what it missed
    // then ends now.
    const std::int64_t to_ms = std::min(std::max(notice.from_ms(), notice.to_ms()), now_ms);
    const std::int64_t from_ms = std::min(std::min(notice.from_ms(), notice.to_ms()), to_ms);
    return store::Gap{.id = 0,
                      .channel = id.channel,
                      .account = id.account,
                      .from_ms = from_ms,
                      .to_ms = to_ms,
                      .reason = std::string(base::utf8_prefix(notice.reason(), kMaxReasonBytes)),
                      .noticed_ms = now_ms};
}

Gaps::Gaps(const base::Clock& clock, store::Store& store, CommitOrder& order, OnKept on_kept)
    : clock_(clock),
      store_(store),
      order_(order),
      on_kept_(std::move(on_kept)),
      alive_(std::make_shared<bool>(true)) {}

Gaps::~Gaps() {
    *alive_ = false;
}

void Gaps::load() {
    store_.read<std::vector<store::Gap>>([](store::Database& db) { return store::latest_gaps(db); },
                                         [this, alive = alive_](auto gaps) {
                                             if (*alive) on_loaded(gaps);
                                         });
}

void Gaps::on_loaded(const Result<std::vector<store::Gap>>& gaps) {
    if (!gaps) {
        log::error("channels", "earlier gaps not read", {{"reason", gaps.error().message}});
        return;
    }
    // One that was noticed meanwhile is newer.
    for (const store::Gap& gap : *gaps)
        last_.try_emplace({gap.channel, gap.account}, gap);
}

bool Gaps::admit(const supervisor::WorkerId& id) {
    const base::SteadyTime now = clock_.steady();
    Minute& minute = minutes_[id];
    if (minute.notices == 0 || now - minute.begin >= 1min) minute = {.begin = now, .notices = 0};
    return ++minute.notices <= kMaxPerMinute;
}

Result<void> Gaps::notice(const supervisor::WorkerId& id, const proto::GapNoticed& notice,
                          std::function<void(const Error&)> refused) {
    TRY(const store::Gap gap, gap_of(id, notice, clock_.wall_ms()));
    if (!admit(id)) return fail(Errc::limit_exceeded, "too many gaps within a minute");
    const KeptSpan span{gap.from_ms, gap.to_ms};
    Predecessor predecessor = order_.enter(id.channel, id.account, span);
    store_.write<std::optional<KeptGap>>(
        [gap, predecessor = std::move(predecessor)](store::Database& db) {
            return keep_gap(db, gap, predecessor);
        },
        [this, alive = alive_, id, span, refused = std::move(refused)](auto kept) {
            if (!*alive) return;
            order_.leave(id.channel, id.account, span);
            if (!kept) return refused(kept.error());
            if (*kept) on_kept(**kept);  // else it was told before
        });
    return {};
}

void Gaps::on_kept(const KeptGap& kept) {
    const store::Gap& joined = kept.gap;
    log::warn("channels", "messages may have been missed",
              {{"channel", joined.channel},
               {"account", joined.account},
               {"from", base::rfc3339(joined.from_ms)},
               {"to", base::rfc3339(joined.to_ms)},
               {"reason", joined.reason},
               {"sessions", kept.sessions}});
    last_.insert_or_assign({joined.channel, joined.account}, joined);
    on_kept_(kept);
}

std::optional<store::Gap> Gaps::find_last(const supervisor::WorkerId& id) const {
    const auto it = last_.find(id);
    if (it == last_.end()) return std::nullopt;
    return it->second;
}

}  // namespace gw::channels
